import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { arrive, stayForEveryone, waitFor } from './crowd.mjs';
import { clock, Line, pause } from './line.mjs';

/** A send that fails is repeated after a second, then two, and so on. */
const RETRY_MS = 1000;
const MOST_TRIES = 8;
/** After a join, the index through which pushes find a member lags: what is said meanwhile comes by history. */
const SETTLING_MS = 2000;

const rooms = (process.env.ROOMS ?? '').split(',').filter(Boolean);

/** Joins the room that is its turn, and listens from there. */
export async function enterRoom(context, events) {
  const { vars } = context;
  const room = rooms[vars.number % Math.min(rooms.length, Number(vars.rooms))];
  const listener = { room, heard: new Set(), pushed: new Set(), heardAt: clock(), known: 0, epoch: '' };
  vars.listener = listener;
  vars.line = new Line(context.ws, (push, now) => hear(listener, push, now, events));
  const joined = await vars.line.request('joinRoom', { room });
  listener.epoch = joined.epoch;
  await pause(SETTLING_MS);
  listener.known = await headOf(vars);
  arrive();
}

/** Counts a push, and takes its time from the sender's clock, which is this machine's. */
function hear(listener, push, now, events) {
  if (push.type !== 'message' || push.room !== listener.room) return;
  listener.heardAt = now;
  if (listener.pushed.has(push.seq)) return events.emit('counter', 'roomcast.doubled', 1);
  listener.pushed.add(push.seq);
  if (listener.heard.has(push.seq)) return; // history had it already
  listener.heard.add(push.seq);
  events.emit('counter', 'roomcast.delivered', 1);
  events.emit('histogram', 'roomcast.delivery_ms', now - Number(push.text.split(' ')[0]));
}

/** Sends a message that says when it was sent, and waits for its `ack`. */
export async function say({ vars }, events) {
  const { sentAt, fields } = messageOf(vars);
  events.emit('counter', 'roomcast.sent', 1);
  await vars.line.request('sendmessage', fields);
  events.emit('histogram', 'roomcast.ack_ms', clock() - sentAt);
}

function messageOf({ listener: { room } }) {
  const sentAt = clock();
  const text = `${sentAt.toFixed(3)} hello`;
  return { sentAt, fields: { room, text, clientMsgId: randomUUID() } };
}

/**
 * Says something now, whether or not the last was acknowledged, as the client does: one send is in flight, which keeps
 * its own order, and is repeated under its `clientMsgId` until it is acknowledged. Its times count from now, so that a
 * slow stack is not spared; `account` waits for the last.
 */
export async function sayInTime({ vars }, events) {
  const message = messageOf(vars);
  events.emit('counter', 'roomcast.sent', 1);
  vars.outbox = (vars.outbox ?? Promise.resolve()).then(() => sendUntilHeard(vars.line, message, events));
}

async function sendUntilHeard(line, { sentAt, fields }, events) {
  for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
    const wasHeard = await line.request('sendmessage', fields).then(
      () => true,
      () => false,
    );
    if (wasHeard) return events.emit('histogram', 'roomcast.ack_ms', clock() - sentAt);
    events.emit('counter', 'roomcast.retried', 1);
    await pause(RETRY_MS * attempt);
  }
  events.emit('counter', 'roomcast.refused', 1);
}

export async function speakIfFirst(context, events) {
  if (context.vars.number === 0) await say(context, events);
}

/** The network goes, without a closing handshake. */
export async function loseConnection({ ws, vars }) {
  vars.listener.known = contiguous(vars.listener);
  ws.terminate();
}

/** Comes back and takes up where it was: what it missed has to be in the reply and in history, and nothing else. */
export async function resume(context, events) {
  const { vars } = context;
  const { listener, connection } = vars;
  const startedAt = clock();
  const socket = new WebSocket(connection.target, connection.subprotocols, { perMessageDeflate: false });
  socket.on('error', () => events.emit('counter', 'roomcast.socket_errors', 1));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('close', () => reject(new Error('closed')));
  });
  context.ws = socket;
  listener.pushed = new Set(); // to the connection that is gone
  vars.line = new Line(socket, (push, now) => hear(listener, push, now, events));
  const { room, epoch, known: lastSeq } = listener;
  const joined = await vars.line.request('joinRoom', { room, resume: { epoch, lastSeq } });
  events.emit('histogram', 'roomcast.resume_ms', clock() - startedAt);
  events.emit('counter', 'roomcast.not_recovered', joined.recovered ? 0 : 1);
  for (const { seq } of joined.messages) listener.heard.add(seq);
  if (joined.more) await fill(vars, joined.messages.at(-1)?.seq ?? lastSeq);
  // As the protocol asks of clients: whoever has just joined asks again a little later for what was said meanwhile.
  await pause(SETTLING_MS);
  await fill(vars, contiguous(listener));
}

/** At the end: whatever was said while it listened has to have come. */
export async function account({ vars }, events) {
  const { listener, outbox } = vars;
  await outbox;
  events.emit('counter', 'roomcast.refused', 0); // an expectation can only be about what has been counted
  await stayForEveryone(listener);
  const head = await headOf(vars);
  await waitFor(() => missing(listener, head) === 0, listener);
  events.emit('counter', 'roomcast.lost', missing(listener, head));
}

async function headOf({ line, listener }) {
  const { rooms: heads } = await line.request('ping');
  return heads[listener.room];
}

async function fill({ line, listener }, after) {
  for (let [more, from] = [true, after]; more; ) {
    const page = await line.request('history', { room: listener.room, after: from, limit: 100 });
    for (const { seq } of page.messages) listener.heard.add(seq);
    from = page.messages.at(-1)?.seq ?? from;
    more = page.more;
  }
}

/** The last of the room's entries before the first that is missing. */
function contiguous({ known, heard }) {
  let last = known;
  while (heard.has(last + 1)) last += 1;
  return last;
}

function missing({ known, heard }, head) {
  let count = 0;
  for (let seq = known + 1; seq <= head; seq += 1) if (!heard.has(seq)) count += 1;
  return count;
}
