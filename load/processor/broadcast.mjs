import { clock, eventually, Line } from './line.mjs';
import { arrive } from './room.mjs';

const GRACE_MS = 15_000;
/** The ids of what was accepted, for everyone to have heard at the end. */
const accepted = new Set();

export async function listen(context, events) {
  const heard = new Set();
  context.vars.heard = heard;
  context.vars.line = new Line(context.ws, (push, now) => {
    if (push.type !== 'broadcast') return;
    if (heard.has(push.messageId)) return events.emit('counter', 'roomcast.repeated', 1);
    heard.add(push.messageId);
    events.emit('counter', 'roomcast.delivered', 1);
    events.emit('histogram', 'roomcast.delivery_ms', now - Number(push.text.split(' ')[0]));
  });
  await context.vars.line.request('ping');
  await new Promise((resolve) => setTimeout(resolve, 2000)); // the index through which it is found lags
  arrive();
}

export async function broadcastIfFirst({ vars }, events) {
  if (vars.number !== 0) return;
  const sentAt = clock();
  const response = await fetch(`${process.env.HTTP_URL}/broadcastmessage`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${process.env.BROADCAST_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ message: `${sentAt.toFixed(3)} hello, everyone` }),
  });
  if (response.status !== 202) throw new Error(`broadcast: ${response.status}`);
  accepted.add((await response.json()).messageId);
  events.emit('counter', 'roomcast.sent', 1);
  events.emit('histogram', 'roomcast.ack_ms', clock() - sentAt);
}

export async function accountForBroadcasts({ vars }, events) {
  const missing = () => [...accepted].filter((id) => !vars.heard.has(id)).length;
  await eventually(() => missing() === 0, GRACE_MS);
  events.emit('counter', 'roomcast.lost', missing());
}
