import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { formatTable, readResults } from '../lib/results.mjs';

const summary = { min: 1, max: 900.4, p50: 20.4, p75: 30, p90: 40, p95: 50.6, p99: 99, count: 1234 };

/** @param {object} aggregate */
async function readReport(aggregate) {
  const folder = await mkdtemp(join(tmpdir(), 'load-results-'));
  const file = join(folder, 'report.json');
  await writeFile(file, JSON.stringify({ aggregate, intermediate: [] }));
  return readResults(file).finally(() => rm(folder, { recursive: true }));
}

it('reads the times and counts of Roomcast from a report', async () => {
  const { times, counts } = await readReport({
    counters: { 'vusers.created': 100, 'roomcast.sent': 50, 'roomcast.lost': 2, 'http.requests': 7 },
    summaries: {
      'roomcast.ack_ms': summary,
      'vusers.session_length': summary,
      'roomcast.delivery_ms': summary,
    },
  });
  assert.deepEqual(
    times.map(({ name, label, p50 }) => [name, label, p50]),
    [
      ['roomcast.delivery_ms', 'send to receipt', 20.4],
      ['roomcast.ack_ms', 'send to ack', 20.4],
    ],
  );
  assert.deepEqual(counts, {
    users: 100,
    failed: 0,
    sent: 50,
    retried: 0,
    refused: 0,
    delivered: 0,
    lost: 2,
    duplicated: 0,
  });
});

it('formats times in columns, rounded to milliseconds', async () => {
  const { times, counts } = await readReport({
    counters: { 'roomcast.lost': 2 },
    summaries: { 'roomcast.ack_ms': summary },
  });
  const [head = '', row = '', summaryLine = '', ...rest] = formatTable({ times, counts }).split('\n');
  assert.deepEqual(rest, []);
  assert.deepEqual(head.trim().split(/\s+/), ['milliseconds', 'p50', 'p95', 'p99', 'max', 'count']);
  assert.deepEqual(row.trim().split(/\s{2,}/), ['send to ack', '20', '51', '99', '900', '1234']);
  assert.equal(head.length, row.length);
  assert.match(summaryLine, /^ {2}0 users, .* 2 lost, 0 duplicated$/);
});
