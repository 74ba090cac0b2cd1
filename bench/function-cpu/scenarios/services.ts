import { randomUUID } from 'node:crypto';
import { serverRoutes } from '../../../chat/protocol/server-requests';
import { type Fixtures, TEXT } from '../fixtures';
import { BROADCAST_KEY } from '../services';
import { readSample, repeat } from './events';
import type { Scenario } from './scenario';

/** Scenarios for requests to the HTTP API and for batches of posts. */
export const serviceScenarios: readonly Scenario[] = [
  {
    name: 'broadcast',
    handler: 'broadcast',
    proof: '"message":"Broadcast accepted"',
    async prepare(_, count) {
      const sample = readSample('broadcast');
      const headers = { ...sample.headers, authorization: `Bearer ${BROADCAST_KEY}` };
      return repeat(count, () => ({ ...sample, headers }));
    },
  },
  {
    name: 'api, sendMessage',
    handler: 'api',
    proof: '"message":"Served"',
    async prepare(fixtures, count) {
      const { room } = await fixtures.addRoom();
      const sample = readSample('api');
      const routeKey = serverRoutes.sendMessage;
      return repeat(count, () => ({
        ...{ ...sample, routeKey, pathParameters: { room } },
        headers: { ...sample.headers, 'idempotency-key': randomUUID() },
        body: JSON.stringify({ text: TEXT }),
      }));
    },
  },
  {
    name: 'notifyAway, 1 follower',
    handler: 'notify-away',
    proof: '"message":"Notified"',
    async prepare(fixtures, count) {
      const sample = readSample('notify-away');
      // A follower is notified of one message per absence, so each invocation needs another follower.
      return repeat(count, async () => {
        const follower = `g-${randomUUID()}`;
        const { room, epoch, seq } = await fixtures.addRoom(1, sample.detail.from, new Set([follower]));
        return { ...sample, detail: { ...sample.detail, room, epoch, seq } };
      });
    },
  },
  ...[1, 10, 100, 350].map((rows) => ({
    name: rows === 1 ? 'post, 1 row' : `post, ${rows} rows`,
    handler: 'post',
    rows,
    proof: '"message":"Posted"',
    share: 40 / (rows + 20),
    prepare: async (_: Fixtures, count: number) => repeat(count, () => createBatch(rows)),
  })),
];

function createBatch(count: number) {
  const { frames, ...sample } = readSample('post');
  const rows = Array.from({ length: count }, (_, index) => ({
    connectionId: { S: `${String(index).padStart(5, '0')}M9cOFvHcCIhw=` },
    room: { S: '123456789' },
    protocol: { S: 'roomcast.v1' },
  }));
  const frame = JSON.stringify({ ...JSON.parse(frames['roomcast.v1']), text: TEXT });
  return { ...sample, frames: { ...frames, 'roomcast.v1': frame }, rows };
}
