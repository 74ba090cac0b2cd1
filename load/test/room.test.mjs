/** @import { Context, Member } from '../processor/types.d.ts' */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { WebSocketServer } from 'ws';
import { RecordedEvents } from './support/events.mjs';
import { FakeRoom } from './support/room.mjs';
import { withSimulatedTime } from './support/time.mjs';

process.env.ROOMS = new FakeRoom().room;
const { dropConnection, joinRoom, reportLostMessages, resumeRoom, sendMessage, sendOnSchedule } =
  await import('../processor/room.mjs');

/** Creates a member of a room. Each test must call `reportLostMessages`, because members wait for each other. */
async function createMember(room = new FakeRoom()) {
  const events = new RecordedEvents();
  const socket = room.connect();
  const context = /** @type {Context<Member>} */ (
    /** @type {unknown} */ ({ ws: socket, vars: { number: 0, rooms: 1 } })
  );
  await withSimulatedTime(() => joinRoom(context, events));
  return { room, events, context, socket };
}

it('counts pushed messages as delivered', async () => {
  const { room, events, context, socket } = await createMember();
  for (const seq of [room.store(), room.store(), room.store()]) socket.push(seq);
  await withSimulatedTime(() => reportLostMessages(context, events));
  assert.equal(events.counter('roomcast.delivered'), 3);
  assert.equal(events.histogram('roomcast.delivery_ms'), 3);
  assert.equal(events.counter('roomcast.duplicated'), 0);
  for (const name of ['roomcast.lost', 'roomcast.refused']) {
    assert.ok(events.has(name), `${name} must be emitted, so that ensure can evaluate it`);
    assert.equal(events.counter(name), 0);
  }
});

it('counts messages as lost if they have not arrived when pushes stop', async () => {
  const { room, events, context, socket } = await createMember();
  for (let count = 0; count < 5; count += 1) room.store();
  for (const seq of [1, 4]) socket.push(seq);
  await withSimulatedTime(() => reportLostMessages(context, events));
  assert.equal(events.counter('roomcast.lost'), 3);
});

it('waits for late messages', async () => {
  const { room, events, context, socket } = await createMember();
  for (let count = 0; count < 3; count += 1) room.store();
  await withSimulatedTime(async () => {
    for (const seq of [3, 2, 1]) setTimeout(() => socket.push(seq), 10_000 * (4 - seq));
    await reportLostMessages(context, events);
  });
  assert.equal(events.counter('roomcast.lost'), 0);
});

it('counts repeated pushes as duplicated, and as delivered once', async () => {
  const { room, events, context, socket } = await createMember();
  const seq = room.store();
  for (let count = 0; count < 3; count += 1) socket.push(seq);
  await withSimulatedTime(() => reportLostMessages(context, events));
  assert.equal(events.counter('roomcast.delivered'), 1);
  assert.equal(events.counter('roomcast.duplicated'), 2);
});

it('ignores messages from before the join and from other rooms', async () => {
  const room = new FakeRoom();
  room.store();
  const { events, context, socket } = await createMember(room);
  socket.pushFrame({ type: 'message', room: '999999999', seq: 7, text: '0 elsewhere' });
  socket.pushFrame({ type: 'memberJoined', room: room.room });
  await withSimulatedTime(() => reportLostMessages(context, events));
  assert.equal(events.counter('roomcast.lost'), 0);
  assert.equal(events.counter('roomcast.delivered'), 0);
});

it('retries a rejected message until it is acknowledged, before it sends the next one', async () => {
  const { room, events, context } = await createMember();
  room.problems.push('urn:roomcast:room-busy', 'urn:roomcast:room-busy');
  await withSimulatedTime(async () => {
    for (let count = 0; count < 3; count += 1) await sendOnSchedule(context, events);
    await reportLostMessages(context, events); // waits for the acks; the room pushes nothing
  });
  assert.equal(events.counter('roomcast.sent'), 3);
  assert.equal(events.counter('roomcast.retried'), 2);
  assert.equal(events.counter('roomcast.refused'), 0);
  assert.equal(events.histogram('roomcast.ack_ms'), 3);
  assert.equal(events.counter('roomcast.lost'), 3);
});

it('counts a message as refused after eight attempts', async () => {
  const { room, events, context } = await createMember();
  room.problems.push(...Array(8).fill('urn:roomcast:unavailable'));
  await withSimulatedTime(async () => {
    await sendOnSchedule(context, events);
    await reportLostMessages(context, events);
  });
  assert.equal(events.counter('roomcast.retried'), 8);
  assert.equal(events.counter('roomcast.refused'), 1);
  assert.equal(events.histogram('roomcast.ack_ms'), 0);
});

it('throws if the server rejects a message that is sent without retries', async () => {
  const { room, events, context } = await createMember();
  room.problems.push('urn:roomcast:rate-limited');
  await assert.rejects(sendMessage(context, events), /sendmessage: urn:roomcast:rate-limited/);
  await withSimulatedTime(() => reportLostMessages(context, events));
});

it('recovers missed messages from the reply and from history after a reconnect', async (test) => {
  const { room, events, context, socket } = await createMember();
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  test.after(() => {
    for (const ws of server.clients) ws.terminate();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  context.vars.connectArguments = { target: `ws://127.0.0.1:${address.port}`, subprotocols: [] };
  server.on('connection', (ws) => {
    ws.on('message', (data) => {
      const frame = JSON.parse(String(data));
      ws.send(JSON.stringify({ id: frame.id, ...room.replyTo(frame) }));
    });
  });
  room.store();
  socket.push(1);
  await dropConnection(context);
  for (let count = 0; count < 4; count += 1) room.store();
  await resumeRoom(context, events);
  assert.equal(events.histogram('roomcast.resume_ms'), 1);
  assert.equal(events.counter('roomcast.not_recovered'), 0);
  // Entries read from history are not counted as delivered, and duplicates are counted per connection.
  for (const seq of [1, 5]) {
    const { text } = room.entryAt(seq);
    for (const ws of server.clients) ws.send(JSON.stringify({ type: 'message', room: room.room, seq, text }));
  }
  await reportLostMessages(context, events);
  assert.equal(events.counter('roomcast.lost'), 0);
  assert.equal(events.counter('roomcast.delivered'), 1);
  assert.equal(events.counter('roomcast.duplicated'), 0);
});
