/** @import { Context, Events, Member, Push } from './types.d.ts' */
import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { Connection, currentTime, sleep } from './connection.mjs';
import { arrive, finishTogether, waitWhileReceiving } from './crowd.mjs';

/** @typedef {Context<Member>} MemberContext */
/** @typedef {{ sentAt: number, fields: { room: string, text: string, clientMsgId: string } }} Message */

/** The delay before the first retry. Each further retry adds the same delay. */
const RETRY_MS = 1000;
const MAX_ATTEMPTS = 8;
/** The time after a join until the fan-out index lists the member. Clients read messages of that time from history. */
const INDEX_LAG_MS = 2000;

const rooms = (process.env.ROOMS ?? '').split(',').filter(Boolean);

/**
 * Joins a room and starts to count its messages. Virtual users are distributed over the rooms evenly.
 *
 * @param {MemberContext} context
 * @param {Events} events
 */
export async function joinRoom(context, events) {
  const { vars } = context;
  const room = /** @type {string} */ (rooms[vars.number % Math.min(rooms.length, Number(vars.rooms))]);
  /** @type {Member} */
  const member = {
    room,
    epoch: '',
    baseline: 0,
    received: new Set(),
    pushed: new Set(),
    lastPushAt: currentTime(),
  };
  vars.receiver = member;
  vars.connection = new Connection(context.ws, (push, now) => recordPush(member, push, now, events));
  const joined = await vars.connection.request('joinRoom', { room });
  member.epoch = joined.epoch;
  await sleep(INDEX_LAG_MS);
  member.baseline = await readHead(vars);
  arrive();
}

/**
 * Counts a push and measures its delivery time. Sender and receiver run on the same machine and share its clock.
 *
 * @param {Member} member
 * @param {Push} push
 * @param {number} now
 * @param {Events} events
 */
function recordPush(member, push, now, events) {
  if (push.type !== 'message' || push.room !== member.room) return;
  member.lastPushAt = now;
  if (member.pushed.has(push.seq)) return events.emit('counter', 'roomcast.duplicated', 1);
  member.pushed.add(push.seq);
  if (member.received.has(push.seq)) return; // already read from history
  member.received.add(push.seq);
  events.emit('counter', 'roomcast.delivered', 1);
  events.emit('histogram', 'roomcast.delivery_ms', now - Number(push.text.split(' ')[0]));
}

/**
 * Sends a message and waits for its `ack`.
 *
 * @param {MemberContext} context
 * @param {Events} events
 */
export async function sendMessage({ vars }, events) {
  const { sentAt, fields } = createMessage(vars);
  events.emit('counter', 'roomcast.sent', 1);
  await vars.connection.request('sendmessage', fields);
  events.emit('histogram', 'roomcast.ack_ms', currentTime() - sentAt);
}

/**
 * Creates a message whose text starts with the time of sending.
 *
 * @param {MemberContext['vars']} vars
 * @returns {Message}
 */
function createMessage({ receiver: { room } }) {
  const sentAt = currentTime();
  const text = `${sentAt.toFixed(3)} hello`;
  return { sentAt, fields: { room, text, clientMsgId: randomUUID() } };
}

/**
 * Queues a message even if the previous one is not acknowledged, as the client library does. One send is in flight at a time,
 * and retries use its `clientMsgId`. The measured times include the time in the queue, because a slow stack would otherwise
 * look faster than it is. `reportLostMessages` waits for the queue.
 *
 * @param {MemberContext} context
 * @param {Events} events
 */
export async function sendOnSchedule({ vars }, events) {
  const message = createMessage(vars);
  events.emit('counter', 'roomcast.sent', 1);
  vars.outbox = (vars.outbox ?? Promise.resolve()).then(() =>
    sendWithRetries(vars.connection, message, events),
  );
}

/**
 * @param {Connection} connection
 * @param {Message} message
 * @param {Events} events
 */
async function sendWithRetries(connection, { sentAt, fields }, events) {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const isAcknowledged = await connection.request('sendmessage', fields).then(
      () => true,
      () => false,
    );
    if (isAcknowledged) return events.emit('histogram', 'roomcast.ack_ms', currentTime() - sentAt);
    events.emit('counter', 'roomcast.retried', 1);
    await sleep(RETRY_MS * attempt);
  }
  events.emit('counter', 'roomcast.refused', 1);
}

/**
 * Sends a message as the first virtual user.
 *
 * @param {MemberContext} context
 * @param {Events} events
 */
export async function sendIfFirst(context, events) {
  if (context.vars.number === 0) await sendMessage(context, events);
}

/**
 * Drops the connection without a closing handshake, as a network failure does.
 *
 * @param {MemberContext} context
 */
export async function dropConnection({ ws, vars }) {
  vars.receiver.baseline = lastContiguous(vars.receiver);
  ws.terminate();
}

/**
 * Reconnects and resumes the room. The missed messages must be in the reply and in history.
 *
 * @param {MemberContext} context
 * @param {Events} events
 */
export async function resumeRoom(context, events) {
  const { vars } = context;
  const { receiver: member, connectArguments } = vars;
  const startedAt = currentTime();
  const socket = new WebSocket(connectArguments.target, connectArguments.subprotocols, {
    perMessageDeflate: false,
  });
  socket.on('error', () => events.emit('counter', 'roomcast.socket_errors', 1));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('close', () => reject(new Error('The connection closed.')));
  });
  context.ws = socket;
  member.pushed = new Set(); // duplicates are counted per connection
  vars.connection = new Connection(socket, (push, now) => recordPush(member, push, now, events));
  const { room, epoch, baseline: lastSeq } = member;
  const joined = await vars.connection.request('joinRoom', { room, resume: { epoch, lastSeq } });
  events.emit('histogram', 'roomcast.resume_ms', currentTime() - startedAt);
  events.emit('counter', 'roomcast.not_recovered', joined.recovered ? 0 : 1);
  for (const { seq } of joined.messages) member.received.add(seq);
  if (joined.more) await readHistory(vars, joined.messages.at(-1)?.seq ?? lastSeq);
  // The protocol asks clients to check again shortly after a join.
  await sleep(INDEX_LAG_MS);
  await readHistory(vars, lastContiguous(member));
}

/**
 * Waits for pending messages, and counts the missing ones.
 *
 * @param {MemberContext} context
 * @param {Events} events
 */
export async function reportLostMessages({ vars }, events) {
  const { receiver: member, outbox } = vars;
  await outbox;
  events.emit('counter', 'roomcast.refused', 0); // `ensure` evaluates only counters that exist
  await finishTogether(member);
  const head = await readHead(vars);
  await waitWhileReceiving(() => countMissing(member, head) === 0, member);
  events.emit('counter', 'roomcast.lost', countMissing(member, head));
}

/**
 * @param {MemberContext['vars']} vars
 * @returns {Promise<number>} the head sequence of the room
 */
async function readHead({ connection, receiver }) {
  const { rooms: heads } = await connection.request('ping');
  return heads[receiver.room] ?? 0;
}

/**
 * @param {MemberContext['vars']} vars
 * @param {number} after
 */
async function readHistory({ connection, receiver }, after) {
  for (let [more, from] = [true, after]; more; ) {
    const page = await connection.request('history', { room: receiver.room, after: from, limit: 100 });
    for (const { seq } of page.messages) receiver.received.add(seq);
    from = page.messages.at(-1)?.seq ?? from;
    more = page.more;
  }
}

/**
 * Returns the last sequence number before the first gap.
 *
 * @param {Member} member
 */
function lastContiguous({ baseline, received }) {
  let last = baseline;
  while (received.has(last + 1)) last += 1;
  return last;
}

/**
 * @param {Member} member
 * @param {number} head
 */
function countMissing({ baseline, received }, head) {
  let count = 0;
  for (let seq = baseline + 1; seq <= head; seq += 1) if (!received.has(seq)) count += 1;
  return count;
}
