import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { WebSocketServer } from 'ws';
import { Counted } from './support/counted.mjs';
import { Room } from './support/room.mjs';
import { inNoTime } from './support/time.mjs';

process.env.ROOMS = new Room().room;
const { account, enterRoom, loseConnection, resume, say, sayInTime } = await import('../processor/room.mjs');

/** Somebody who has entered a room; whoever enters is to `account` in the end, for everyone waits for everyone. */
async function enter(room = new Room()) {
  const events = new Counted();
  const context = { ws: room.socket(), vars: { number: 0, rooms: 1 } };
  await inNoTime(() => enterRoom(context, events));
  return { room, events, context, socket: context.ws };
}

it('counts what came as delivered, and nothing as lost or doubled', async () => {
  const { room, events, context, socket } = await enter();
  for (const seq of [room.say(), room.say(), room.say()]) socket.push(seq);
  await inNoTime(() => account(context, events));
  assert.equal(events.counter('roomcast.delivered'), 3);
  assert.equal(events.histogram('roomcast.delivery_ms'), 3);
  assert.equal(events.counter('roomcast.doubled'), 0);
  for (const name of ['roomcast.lost', 'roomcast.refused']) {
    assert.ok(events.has(name), `an expectation can be about ${name}`);
    assert.equal(events.counter(name), 0);
  }
});

it('counts as lost what has not come when nothing comes any more', async () => {
  const { room, events, context, socket } = await enter();
  for (let said = 0; said < 5; said += 1) room.say();
  for (const seq of [1, 4]) socket.push(seq);
  await inNoTime(() => account(context, events));
  assert.equal(events.counter('roomcast.lost'), 3);
});

it('waits for what comes late', async () => {
  const { room, events, context, socket } = await enter();
  for (let said = 0; said < 3; said += 1) room.say();
  await inNoTime(async () => {
    for (const seq of [3, 2, 1]) setTimeout(() => socket.push(seq), 10_000 * (4 - seq));
    await account(context, events);
  });
  assert.equal(events.counter('roomcast.lost'), 0);
});

it('counts what one connection is pushed twice as doubled, and as delivered once', async () => {
  const { room, events, context, socket } = await enter();
  const seq = room.say();
  for (let pushed = 0; pushed < 3; pushed += 1) socket.push(seq);
  await inNoTime(() => account(context, events));
  assert.equal(events.counter('roomcast.delivered'), 1);
  assert.equal(events.counter('roomcast.doubled'), 2);
});

it('misses nothing that was said before it came, or elsewhere', async () => {
  const room = new Room();
  room.say();
  const { events, context, socket } = await enter(room);
  socket.pushes({ type: 'message', room: '999999999', seq: 7, text: '0 elsewhere' });
  socket.pushes({ type: 'memberJoined', room: room.room });
  await inNoTime(() => account(context, events));
  assert.equal(events.counter('roomcast.lost'), 0);
  assert.equal(events.counter('roomcast.delivered'), 0);
});

it('counts a message that is refused as retried until it is acknowledged, those after it in order', async () => {
  const { room, events, context } = await enter();
  room.refusals.push('urn:roomcast:room-busy', 'urn:roomcast:room-busy');
  await inNoTime(async () => {
    for (let said = 0; said < 3; said += 1) await sayInTime(context, events);
    await account(context, events); // which waits for the acks; nobody pushes what was said
  });
  assert.equal(events.counter('roomcast.sent'), 3);
  assert.equal(events.counter('roomcast.retried'), 2);
  assert.equal(events.counter('roomcast.refused'), 0);
  assert.equal(events.histogram('roomcast.ack_ms'), 3);
  assert.equal(events.counter('roomcast.lost'), 3);
});

it('counts a message as refused after eight tries', async () => {
  const { room, events, context } = await enter();
  room.refusals.push(...Array(8).fill('urn:roomcast:unavailable'));
  await inNoTime(async () => {
    await sayInTime(context, events);
    await account(context, events);
  });
  assert.equal(events.counter('roomcast.retried'), 8);
  assert.equal(events.counter('roomcast.refused'), 1);
  assert.equal(events.histogram('roomcast.ack_ms'), 0);
});

it('fails who says something that is refused', async () => {
  const { room, events, context } = await enter();
  room.refusals.push('urn:roomcast:rate-limited');
  await assert.rejects(say(context, events), /sendmessage: urn:roomcast:rate-limited/);
  await inNoTime(() => account(context, events));
});

it('has what it missed from the reply and from history, when its connection is lost', async (test) => {
  const { room, events, context, socket } = await enter();
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  test.after(() => {
    for (const ws of server.clients) ws.terminate();
    server.close();
  });
  await once(server, 'listening');
  context.vars.connection = { target: `ws://127.0.0.1:${server.address().port}`, subprotocols: [] };
  server.on('connection', (ws) => {
    ws.on('message', (data) => {
      const frame = JSON.parse(String(data));
      ws.send(JSON.stringify({ id: frame.id, ...room.answerTo(frame) }));
    });
  });
  room.say();
  socket.push(1);
  await loseConnection(context);
  for (let said = 0; said < 4; said += 1) room.say();
  await resume(context, events);
  assert.equal(events.histogram('roomcast.resume_ms'), 1);
  assert.equal(events.counter('roomcast.not_recovered'), 0);
  // What history had is no delivery, and coming again on another connection is no doubling.
  for (const seq of [1, 5]) {
    const { text } = room.entries[seq - 1];
    for (const ws of server.clients) ws.send(JSON.stringify({ type: 'message', room: room.room, seq, text }));
  }
  await account(context, events);
  assert.equal(events.counter('roomcast.lost'), 0);
  assert.equal(events.counter('roomcast.delivered'), 1);
  assert.equal(events.counter('roomcast.doubled'), 0);
});
