// Generates reports/index.html from the scenarios' reports: tables and plots in one self-contained file.
import { readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
/** @import { Period, TimeResult } from './lib/results.mjs' */
/** @import { TickLabel } from './lib/plot.mjs' */
import { escapeHtml, renderPlot } from './lib/plot.mjs';
import { readResults, TIMES } from './lib/results.mjs';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));

const PERCENTILES = /** @type {const} */ (['min', 'p50', 'p75', 'p90', 'p95', 'p99', 'max']);
const COLUMNS = /** @type {const} */ (['p50', 'p95', 'p99', 'max', 'count']);
/** Artillery reports metrics in periods of this length. */
const PERIOD_SECONDS = 10;

const files = (await readdir('reports').catch(() => [])).filter((name) => name.endsWith('.json')).sort();
if (files.length === 0) {
  console.error('No reports found. Run npm run local or npm run aws first.');
  process.exit(1);
}
const sections = await Promise.all(
  files.map(async (file) => renderSection(file.replace('.json', ''), await readResults(`reports/${file}`))),
);
await writeFile('reports/index.html', renderPage(sections.join('\n')));
console.log('\nReport: load/reports/index.html');

/**
 * @param {string} name
 * @param {Awaited<ReturnType<typeof readResults>>} results
 */
function renderSection(name, { aggregate, intermediate, times, counts }) {
  const rows = times.map(
    ({ label, ...time }) =>
      `<tr><th>${escapeHtml(label)}</th>${COLUMNS.map((key) => `<td>${Math.round(time[key]).toLocaleString('en')}</td>`).join('')}</tr>`,
  );
  const summary = Object.entries(counts).map(
    ([name, count]) => `<b>${count.toLocaleString('en')}</b> ${name}`,
  );
  return `<section><h2>${escapeHtml(name)}</h2>
<p>${new Date(aggregate.firstCounterAt).toISOString()}, ${Math.round((aggregate.lastCounterAt - aggregate.firstCounterAt) / 1000)} s: ${summary.join(', ')}</p>
<table><tr><th>milliseconds</th><th>p50</th><th>p95</th><th>p99</th><th>max</th><th>count</th></tr>${rows.join('')}</table>
${plotOverTime(intermediate)}${plotDistribution(times)}${plotThroughput(intermediate)}</section>`;
}

/**
 * Plots the percentiles of the scenario's main metric during the run.
 *
 * @param {Period[]} intermediate
 */
function plotOverTime(intermediate) {
  const name = Object.keys(TIMES).find((time) => intermediate.some(({ summaries }) => summaries[time]));
  if (!name) return '';
  const series = /** @type {const} */ (['p50', 'p95', 'p99']).map((label) => ({
    label,
    points: intermediate.flatMap((period) => {
      const summary = period.summaries[name];
      return summary ? [point(elapsedSeconds(period, intermediate), summary[label])] : [];
    }),
  }));
  return renderPlot({ title: `Over time: ${TIMES[name]}`, x: 'seconds', y: 'milliseconds', series });
}

/** @param {TimeResult[]} times */
function plotDistribution(times) {
  const series = times.map(({ label, ...time }) => ({
    label,
    points: PERCENTILES.map((key, index) => point(index, time[key])),
  }));
  /** @type {TickLabel[]} */
  const xLabels = PERCENTILES.map((key, index) => [index, key]);
  return renderPlot({ title: 'Distribution', x: 'percentile', y: 'milliseconds', series, xLabels });
}

/** @param {Period[]} intermediate */
function plotThroughput(intermediate) {
  const series = ['sent', 'delivered'].map((label) => ({
    label: `${label} per second`,
    points: intermediate.map((period) =>
      point(
        elapsedSeconds(period, intermediate),
        (period.counters[`roomcast.${label}`] ?? 0) / PERIOD_SECONDS,
      ),
    ),
  }));
  if (series.every(({ points }) => points.every(([, value]) => value === 0))) return '';
  return renderPlot({ title: 'Throughput', x: 'seconds', y: 'messages per second', series });
}

/**
 * @param {Period} current
 * @param {Period[]} periods
 */
function elapsedSeconds({ period }, [first]) {
  return (Number(period) - Number(first?.period)) / 1000;
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]}
 */
function point(x, y) {
  return [x, y];
}

/** @param {string} content */
function renderPage(content) {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Roomcast load tests</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 760px; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem; text-align: right; } th:first-child { text-align: left; }
tr + tr { border-top: 1px solid #ddd; } figure { margin: 1.5rem 0; } figcaption { font-weight: 600; } small { font-weight: 400; color: #666; }
svg { width: 100%; height: auto; font-size: 11px; fill: #444; } .grid { stroke: #e4e4e4; }
.legend span { margin-right: 1rem; } .legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .3rem; }
</style>
<h1>Roomcast load tests</h1>
${content}
</html>
`;
}
