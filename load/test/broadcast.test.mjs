import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { accountForBroadcasts, broadcastIfFirst, listen } from '../processor/broadcast.mjs';
import { Counted } from './support/counted.mjs';
import { Room } from './support/room.mjs';
import { inNoTime } from './support/time.mjs';

process.env.HTTP_URL = 'https://api.example.com';
process.env.BROADCAST_KEY = 'the key';

/** Answers broadcasts so; its `calls` are what was asked until then. */
function answering(status, messageId) {
  return mock.method(globalThis, 'fetch', async () => ({ status, json: async () => ({ messageId }) })).mock;
}

async function hearer(number) {
  const events = new Counted();
  const socket = new Room().socket();
  const context = { ws: socket, vars: { number } };
  await inNoTime(() => listen(context, events));
  const hear = (messageId) => socket.pushes({ type: 'broadcast', messageId, text: `${Date.now()} hello` });
  return { events, context, hear };
}

it('counts at each who heard it, who did not, and who heard it twice', async () => {
  const [first, second, third] = [await hearer(0), await hearer(1), await hearer(2)];
  const asked = answering(202, 'one');
  for (const { context, events } of [first, second, third]) await broadcastIfFirst(context, events);
  const { calls } = asked;
  mock.restoreAll();
  assert.equal(calls.length, 1);
  const [url, { headers, body }] = calls[0].arguments;
  assert.equal(url, 'https://api.example.com/broadcastmessage');
  assert.equal(headers.Authorization, 'Bearer the key');
  assert.match(JSON.parse(body).message, /^\d+\.\d{3} hello, everyone$/);

  first.hear('one');
  second.hear('one');
  second.hear('one');
  third.hear('of somebody else');
  await inNoTime(() =>
    Promise.all([first, second, third].map(({ context, events }) => accountForBroadcasts(context, events))),
  );
  const told = ({ events }) =>
    ['delivered', 'doubled', 'lost'].map((name) => events.counter(`roomcast.${name}`));
  assert.deepEqual(told(first), [1, 0, 0]);
  assert.deepEqual(told(second), [1, 1, 0]);
  assert.deepEqual(told(third), [1, 0, 1]);
  assert.ok(first.events.has('roomcast.lost'));
  assert.equal(first.events.counter('roomcast.sent'), 1);
});

it('fails where a broadcast is refused', async () => {
  answering(401);
  await assert.rejects(broadcastIfFirst({ vars: { number: 0 } }, new Counted()), /broadcast: 401/);
  mock.restoreAll();
});
