import { arrive, stayForEveryone, waitFor } from './crowd.mjs';
import { clock, Line, pause } from './line.mjs';

/** The ids of what was accepted, for everyone to have heard at the end. */
const accepted = new Set();

export async function listen(context, events) {
  const listener = { heard: new Set(), heardAt: clock() };
  const { heard } = listener;
  context.vars.listener = listener;
  context.vars.line = new Line(context.ws, (push, now) => {
    if (push.type !== 'broadcast') return;
    listener.heardAt = now;
    if (heard.has(push.messageId)) return events.emit('counter', 'roomcast.doubled', 1);
    heard.add(push.messageId);
    events.emit('counter', 'roomcast.delivered', 1);
    events.emit('histogram', 'roomcast.delivery_ms', now - Number(push.text.split(' ')[0]));
  });
  await context.vars.line.request('ping');
  await pause(2000); // the index through which it is found lags
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

export async function accountForBroadcasts({ vars: { listener } }, events) {
  const missing = () => [...accepted].filter((id) => !listener.heard.has(id)).length;
  await stayForEveryone(listener);
  await waitFor(() => missing() === 0, listener);
  events.emit('counter', 'roomcast.lost', missing());
}
