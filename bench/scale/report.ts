import type { Measurement } from './measure';
import { renderPlot } from './plot';

/** The size of the room in the plot of receipts over time. */
const CURVE_MEMBERS = 100_000;

/** The columns of the table, with the function that formats the cells of each column. */
const COLUMNS: Record<string, (measurement: Measurement) => string> = {
  members: ({ members }) => members.toLocaleString('en'),
  shards: ({ shards }) => String(shards),
  floor: ({ floorMs }) => formatSeconds(floorMs),
  'half received': ({ halfMs }) => formatSeconds(halfMs),
  'last received': ({ lastMs }) => formatSeconds(lastMs),
  'last / floor': ({ lastMs, floorMs }) => (floorMs === 0 ? '' : (lastMs / floorMs).toFixed(2)),
  throttled: ({ throttledShare }) => `${(100 * throttledShare).toFixed(2)} %`,
  functions: ({ functions }) => String(functions),
  'Lambda / delivery': ({ lambdaShare }) => `${(100 * lambdaShare).toFixed(1)} %`,
};

/** Returns the cells of a measurement by column name. */
export function formatMeasurement(measurement: Measurement): Record<string, string> {
  return Object.fromEntries(Object.entries(COLUMNS).map(([name, format]) => [name, format(measurement)]));
}

/** Renders the generated section of `docs/scale.md`. */
export function renderTables(paced: readonly Measurement[], unpaced: readonly Measurement[]): string {
  return `${renderTable(paced)}\nWith one shard and without pacing:\n\n${renderTable(unpaced)}`;
}

function renderTable(measurements: readonly Measurement[]): string {
  const names = Object.keys(COLUMNS);
  const head = [names, names.map(() => '--:')].map(renderRow);
  return [...head, ...measurements.map(renderMeasurement)].join('');
}

/** Renders the table row for a measurement. */
export function renderMeasurement(measurement: Measurement): string {
  return renderRow(Object.values(formatMeasurement(measurement)));
}

function renderRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

/** Plots the time until the last member has received a message, by room size. */
export function plotSizes(paced: readonly Measurement[], unpaced: readonly Measurement[]): string {
  const seconds = (read: (measurement: Measurement) => number, measurements: readonly Measurement[]) =>
    measurements.map((measurement) => [measurement.members, read(measurement) / 1000] as const);
  return renderPlot({
    title: 'Time until the last member has received a message',
    x: { label: 'members', scale: 'log', ticks: [1000, 10_000, 100_000, 1_000_000] },
    y: { label: 'seconds', scale: 'log', ticks: [0.1, 1, 10, 100, 1000] },
    series: [
      { label: 'Roomcast', points: seconds(({ lastMs }) => lastMs, paced) },
      { label: 'one shard, no pacing', points: seconds(({ lastMs }) => lastMs, unpaced) },
      { label: 'floor', points: seconds(({ floorMs }) => floorMs, paced) },
    ],
  });
}

/** Plots the share of the members who have received a message over time, for one room size. */
export function plotReceipts(paced: readonly Measurement[], unpaced: readonly Measurement[]): string {
  const curve = (measurements: readonly Measurement[]) =>
    (measurements.find(({ members }) => members === CURVE_MEMBERS)?.curve ?? []).map(
      ([ms, share]) => [ms / 1000, 100 * share] as const,
    );
  return renderPlot({
    title: `Receipts of one message in a room of ${CURVE_MEMBERS.toLocaleString('en')}`,
    x: {
      label: 'seconds after the message was accepted',
      scale: 'linear',
      ticks: [0, 5, 10, 15, 20, 25, 30],
    },
    y: { label: '% of members', scale: 'linear', ticks: [0, 25, 50, 75, 100] },
    series: [
      { label: 'Roomcast', points: curve(paced) },
      { label: 'one shard, no pacing', points: curve(unpaced) },
    ],
  });
}

function formatSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
