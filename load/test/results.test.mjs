import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { resultsOf, table } from '../lib/results.mjs';

const summary = { min: 1, max: 900.4, p50: 20.4, p75: 30, p90: 40, p95: 50.6, p99: 99, count: 1234 };

async function resultsFrom(aggregate) {
  const folder = await mkdtemp(join(tmpdir(), 'load-results-'));
  const file = join(folder, 'report.json');
  await writeFile(file, JSON.stringify({ aggregate, intermediate: [] }));
  return resultsOf(file).finally(() => rm(folder, { recursive: true }));
}

it('takes our own times and counts from a report of artillery', async () => {
  const { times, counts } = await resultsFrom({
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
    doubled: 0,
  });
});

it('prints them in columns, in whole milliseconds', async () => {
  const { times, counts } = await resultsFrom({
    counters: { 'roomcast.lost': 2 },
    summaries: { 'roomcast.ack_ms': summary },
  });
  const [head, row, said, ...rest] = table({ times, counts }).split('\n');
  assert.deepEqual(rest, []);
  assert.deepEqual(head.trim().split(/\s+/), ['milliseconds', 'p50', 'p95', 'p99', 'max', 'count']);
  assert.deepEqual(row.trim().split(/\s{2,}/), ['send to ack', '20', '51', '99', '900', '1234']);
  assert.equal(head.length, row.length);
  assert.match(said, /^ {2}0 users, .* 2 lost, 0 doubled$/);
});
