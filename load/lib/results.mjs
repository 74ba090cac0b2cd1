import { readFile } from 'node:fs/promises';

/** The histograms that are ours, by the name they are printed under. */
export const TIMES = {
  'roomcast.delivery_ms': 'send to receipt',
  'roomcast.ack_ms': 'send to ack',
  'roomcast.connect_ms': 'handshake',
  'roomcast.answer_ms': 'frame to answer',
  'roomcast.resume_ms': 'return and resume',
};

/** A scenario's results, from artillery's report. */
export async function resultsOf(file) {
  const { aggregate, intermediate } = JSON.parse(await readFile(file, 'utf8'));
  const counter = (name) => aggregate.counters[name] ?? 0;
  return {
    aggregate,
    intermediate,
    times: Object.entries(TIMES).flatMap(([name, label]) =>
      aggregate.summaries[name] ? [{ name, label, ...aggregate.summaries[name] }] : [],
    ),
    counts: {
      users: counter('vusers.created'),
      failed: counter('vusers.failed'),
      sent: counter('roomcast.sent'),
      retried: counter('roomcast.retried'),
      refused: counter('roomcast.refused'),
      delivered: counter('roomcast.delivered'),
      lost: counter('roomcast.lost'),
      doubled: counter('roomcast.doubled'),
    },
  };
}

export function table({ times, counts }) {
  const ms = (value) => `${Math.round(value)}`.padStart(8);
  const lines = times.map(
    ({ label, p50, p95, p99, max, count }) =>
      `  ${label.padEnd(18)}${ms(p50)}${ms(p95)}${ms(p99)}${ms(max)}${String(count).padStart(10)}`,
  );
  const said = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return `${'  milliseconds'.padEnd(20)}${['p50', 'p95', 'p99', 'max'].map((head) => head.padStart(8)).join('')}${'count'.padStart(10)}\n${lines.join('\n')}\n  ${said.join(', ')}`;
}
