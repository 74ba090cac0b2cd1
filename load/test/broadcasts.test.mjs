/** @import { BroadcastReceiver, Context } from '../processor/types.d.ts' */
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { listenForBroadcasts, reportLostBroadcasts, sendBroadcastIfFirst } from '../processor/broadcasts.mjs';
import { RecordedEvents } from './support/events.mjs';
import { FakeRoom } from './support/room.mjs';
import { withSimulatedTime } from './support/time.mjs';

process.env.HTTP_URL = 'https://api.example.com';
process.env.BROADCAST_KEY = 'the key';

/**
 * Mocks the HTTP API. `calls` in the result lists the requests so far.
 *
 * @param {number} status
 * @param {string} [messageId]
 */
function mockHttpApi(status, messageId) {
  const fetch = async (/** @type {string} */ url, /** @type {RequestInit} */ init) => {
    requests.push({ url, init });
    return { status, json: async () => ({ messageId }) };
  };
  /** @type {{ url: string, init: RequestInit }[]} */
  const requests = [];
  mock.method(globalThis, 'fetch', /** @type {typeof globalThis.fetch} */ (/** @type {unknown} */ (fetch)));
  return requests;
}

/** @param {number} number */
async function createReceiver(number) {
  const events = new RecordedEvents();
  const socket = new FakeRoom().connect();
  const context = /** @type {Context<BroadcastReceiver>} */ (
    /** @type {unknown} */ ({ ws: socket, vars: { number } })
  );
  await withSimulatedTime(() => listenForBroadcasts(context, events));
  const receive = (/** @type {string} */ messageId) =>
    socket.pushFrame({ type: 'broadcast', messageId, text: `${Date.now()} hello` });
  return { events, context, receive };
}

it('counts delivered, lost and duplicated broadcasts for each receiver', async () => {
  const [first, second, third] = [await createReceiver(0), await createReceiver(1), await createReceiver(2)];
  const requests = mockHttpApi(202, 'one');
  for (const { context, events } of [first, second, third]) await sendBroadcastIfFirst(context, events);
  mock.restoreAll();
  assert.equal(requests.length, 1);
  assert.equal(requests[0]?.url, 'https://api.example.com/broadcastmessage');
  assert.equal(new Headers(requests[0]?.init.headers).get('Authorization'), 'Bearer the key');
  assert.match(JSON.parse(String(requests[0]?.init.body)).message, /^\d+\.\d{3} hello, everyone$/);

  first.receive('one');
  second.receive('one');
  second.receive('one');
  third.receive('sent by another process');
  await withSimulatedTime(() =>
    Promise.all([first, second, third].map(({ context, events }) => reportLostBroadcasts(context, events))),
  );
  const countsOf = (/** @type {{ events: RecordedEvents }} */ { events }) =>
    ['delivered', 'duplicated', 'lost'].map((name) => events.counter(`roomcast.${name}`));
  assert.deepEqual(countsOf(first), [1, 0, 0]);
  assert.deepEqual(countsOf(second), [1, 1, 0]);
  assert.deepEqual(countsOf(third), [1, 0, 1]);
  assert.ok(first.events.has('roomcast.lost'));
  assert.equal(first.events.counter('roomcast.sent'), 1);
});

it('rejects if the broadcast is rejected', async () => {
  mockHttpApi(401);
  await assert.rejects(
    sendBroadcastIfFirst({ vars: { number: 0 } }, new RecordedEvents()),
    /The broadcast returned 401/,
  );
  mock.restoreAll();
});
