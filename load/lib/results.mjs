import { readFile } from 'node:fs/promises';

/**
 * @typedef {{ min: number, max: number, p50: number, p75: number, p90: number, p95: number, p99: number, count: number }} Summary
 * @typedef {{ counters: Record<string, number>, summaries: Record<string, Summary> }} Metrics
 * @typedef {Metrics & { period: string | number }} Period
 * @typedef {Summary & { name: string, label: string }} TimeResult
 * @typedef {Record<string, number>} Counts
 */

/**
 * The labels of the scenarios' histograms, by metric.
 *
 * @type {Record<string, string>}
 */
export const TIMES = {
  'roomcast.delivery_ms': 'send to receipt',
  'roomcast.ack_ms': 'send to ack',
  'roomcast.connect_ms': 'handshake',
  'roomcast.reply_ms': 'frame to reply',
  'roomcast.resume_ms': 'resume',
};

/**
 * Reads the results of a scenario from Artillery's report.
 *
 * @param {string} file
 */
export async function readResults(file) {
  /** @type {{ aggregate: Metrics & { firstCounterAt: number, lastCounterAt: number }, intermediate: Period[] }} */
  const { aggregate, intermediate } = JSON.parse(await readFile(file, 'utf8'));
  const counter = (/** @type {string} */ name) => aggregate.counters[name] ?? 0;
  /** @type {TimeResult[]} */
  const times = Object.entries(TIMES).flatMap(([name, label]) => {
    const summary = aggregate.summaries[name];
    return summary ? [{ name, label, ...summary }] : [];
  });
  /** @type {Counts} */
  const counts = {
    users: counter('vusers.created'),
    failed: counter('vusers.failed'),
    sent: counter('roomcast.sent'),
    retried: counter('roomcast.retried'),
    refused: counter('roomcast.refused'),
    delivered: counter('roomcast.delivered'),
    lost: counter('roomcast.lost'),
    duplicated: counter('roomcast.duplicated'),
  };
  return { aggregate, intermediate, times, counts };
}

/**
 * Formats results as a table for a terminal.
 *
 * @param {{ times: TimeResult[], counts: Counts }} results
 */
export function formatTable({ times, counts }) {
  const ms = (/** @type {number} */ value) => `${Math.round(value)}`.padStart(8);
  const rows = times.map(
    ({ label, p50, p95, p99, max, count }) =>
      `  ${label.padEnd(18)}${ms(p50)}${ms(p95)}${ms(p99)}${ms(max)}${String(count).padStart(10)}`,
  );
  const columns = ['p50', 'p95', 'p99', 'max'].map((name) => name.padStart(8)).join('');
  const summary = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return `${'  milliseconds'.padEnd(20)}${columns}${'count'.padStart(10)}\n${rows.join('\n')}\n  ${summary.join(', ')}`;
}
