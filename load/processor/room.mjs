import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { clock, eventually, Line } from './line.mjs';

/** How long after a room's last message its pushes may still come. */
const GRACE_MS = 15_000;
/** After a join, the index through which pushes find a member lags: what is said meanwhile comes by history. */
const SETTLING_MS = 2000;
/** How long people wait for those who have not come yet. */
const GATHERING_MS = 120_000;

const rooms = (process.env.ROOMS ?? '').split(',').filter(Boolean);
let present = 0;

/** Joins the room that is its turn, and listens from there. */
export async function enterRoom(context, events) {
  const { vars } = context;
  const room = rooms[vars.number % Math.min(rooms.length, Number(vars.rooms))];
  const listener = { room, heard: new Set(), known: 0, epoch: '' };
  vars.listener = listener;
  vars.line = new Line(context.ws, (push, now) => hear(listener, push, now, events));
  const joined = await vars.line.request('joinRoom', { room });
  listener.epoch = joined.epoch;
  await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
  listener.known = await headOf(vars);
  present += 1;
}

/** So that nobody speaks to a room that is half empty: how fast people come is another scenario's matter. */
export async function waitForEveryone(context) {
  const { members = 100 } = context.vars;
  await eventually(() => present >= Number(members), GATHERING_MS);
}

/** Counts a push, and takes its time from the sender's clock, which is this machine's. */
function hear(listener, push, now, events) {
  if (push.type !== 'message' || push.room !== listener.room) return;
  if (listener.heard.has(push.seq)) return events.emit('counter', 'roomcast.repeated', 1);
  listener.heard.add(push.seq);
  events.emit('counter', 'roomcast.delivered', 1);
  events.emit('histogram', 'roomcast.delivery_ms', now - Number(push.text.split(' ')[0]));
}

/** Sends a message that says when it was sent, and waits for its `ack`. */
export async function say({ vars }, events) {
  const { line, listener } = vars;
  const sentAt = clock();
  const text = `${sentAt.toFixed(3)} hello`;
  events.emit('counter', 'roomcast.sent', 1);
  await line.request('sendmessage', { room: listener.room, text, clientMsgId: randomUUID() });
  events.emit('histogram', 'roomcast.ack_ms', clock() - sentAt);
}

/** The same without waiting, so that a slow stack is not spared: `account` waits. What is refused is counted. */
export async function sayInTime(context, events) {
  context.vars.sending ??= [];
  const said = say(context, events).catch(() => events.emit('counter', 'roomcast.refused', 1));
  context.vars.sending.push(said);
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
  vars.line = new Line(socket, (push, now) => hear(listener, push, now, events));
  const { room, epoch, known: lastSeq } = listener;
  const joined = await vars.line.request('joinRoom', { room, resume: { epoch, lastSeq } });
  events.emit('histogram', 'roomcast.resume_ms', clock() - startedAt);
  events.emit('counter', 'roomcast.not_recovered', joined.recovered ? 0 : 1);
  for (const { seq } of joined.messages) listener.heard.add(seq);
  if (joined.more) await fill(vars, joined.messages.at(-1)?.seq ?? lastSeq);
  // As the protocol asks of clients: whoever has just joined asks again a little later for what was said meanwhile.
  await new Promise((wait) => setTimeout(wait, SETTLING_MS));
  await fill(vars, contiguous(listener));
}

/** At the end: whatever was said while it listened has to have come. */
export async function account({ vars }, events) {
  const { listener, sending = [] } = vars;
  await Promise.all(sending);
  events.emit('counter', 'roomcast.refused', 0); // an expectation can only be about what has been counted
  const head = await headOf(vars);
  await eventually(() => missing(listener, head) === 0, GRACE_MS);
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

export function arrive() {
  present += 1;
}
