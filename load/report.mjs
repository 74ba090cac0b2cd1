// Makes reports/index.html of the scenarios' reports: tables and plots in one file that needs nothing else.
import { readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { escapeHtml, plot } from './lib/plot.mjs';
import { resultsOf, TIMES } from './lib/results.mjs';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));

const PERCENTILES = [
  ['min', 0],
  ['p50', 50],
  ['p75', 75],
  ['p90', 90],
  ['p95', 95],
  ['p99', 99],
  ['max', 100],
];

const files = (await readdir('reports').catch(() => [])).filter((name) => name.endsWith('.json')).sort();
if (files.length === 0) {
  console.error('There are no reports yet: npm run local, or npm run aws');
  process.exit(1);
}
const sections = await Promise.all(
  files.map(async (file) => section(file.replace('.json', ''), await resultsOf(`reports/${file}`))),
);
await writeFile('reports/index.html', page(sections.join('\n')));
console.log('\nPlots: load/reports/index.html');

function section(name, { aggregate, intermediate, times, counts }) {
  const rows = times.map(
    ({ label, ...time }) =>
      `<tr><th>${escapeHtml(label)}</th>${['p50', 'p95', 'p99', 'max', 'count'].map((key) => `<td>${Math.round(time[key]).toLocaleString('en')}</td>`).join('')}</tr>`,
  );
  const said = Object.entries(counts).map(([what, count]) => `<b>${count.toLocaleString('en')}</b> ${what}`);
  return `<section><h2>${escapeHtml(name)}</h2>
<p>${new Date(aggregate.firstCounterAt).toISOString()}, ${Math.round((aggregate.lastCounterAt - aggregate.firstCounterAt) / 1000)} s: ${said.join(', ')}</p>
<table><tr><th>milliseconds</th><th>p50</th><th>p95</th><th>p99</th><th>max</th><th>count</th></tr>${rows.join('')}</table>
${overTime(intermediate)}${distribution(times)}${throughput(intermediate)}</section>`;
}

/** How the percentiles moved while the test ran, of the time that the scenario is about. */
function overTime(intermediate) {
  const name = Object.keys(TIMES).find((time) => intermediate.some(({ summaries }) => summaries[time]));
  if (!name) return '';
  const periods = intermediate.filter(({ summaries }) => summaries[name]);
  const series = ['p50', 'p95', 'p99'].map((label) => ({
    label,
    points: periods.map((period) => [secondsOf(period, intermediate), period.summaries[name][label]]),
  }));
  return plot({ title: `Over time: ${TIMES[name]}`, x: 'seconds', y: 'milliseconds', series });
}

function distribution(times) {
  const series = times.map(({ label, ...time }) => ({
    label,
    points: PERCENTILES.map(([key], index) => [index, time[key]]),
  }));
  const xLabels = PERCENTILES.map(([key], index) => [index, key]);
  return plot({ title: 'Distribution', x: 'percentile', y: 'milliseconds', series, xLabels });
}

function throughput(intermediate) {
  const series = ['sent', 'delivered'].map((label) => ({
    label: `${label} a second`,
    points: intermediate.map((period) => [
      secondsOf(period, intermediate),
      (period.counters[`roomcast.${label}`] ?? 0) / 10, // artillery's periods are of ten seconds
    ]),
  }));
  if (series.every(({ points }) => points.every(([, value]) => value === 0))) return '';
  return plot({ title: 'Throughput', x: 'seconds', y: 'messages a second', series });
}

function secondsOf({ period }, [first]) {
  return (Number(period) - Number(first.period)) / 1000;
}

function page(content) {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Roomcast under load</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 760px; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem; text-align: right; } th:first-child { text-align: left; }
tr + tr { border-top: 1px solid #ddd; } figure { margin: 1.5rem 0; } figcaption { font-weight: 600; } small { font-weight: 400; color: #666; }
svg { width: 100%; height: auto; font-size: 11px; fill: #444; } .grid { stroke: #e4e4e4; }
.legend span { margin-right: 1rem; } .legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .3rem; }
</style>
<h1>Roomcast under load</h1>
${content}
</html>
`;
}
