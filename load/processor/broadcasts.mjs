/** @import { BroadcastReceiver, Context, Events } from './types.d.ts' */
import { Connection, currentTime, sleep } from './connection.mjs';
import { arrive, finishTogether, waitWhileReceiving } from './crowd.mjs';

/** The time after a handshake until the fan-out index lists the connection. */
const INDEX_LAG_MS = 2000;

/**
 * The IDs of the accepted broadcasts. Every virtual user must receive each of them.
 *
 * @type {Set<string>}
 */
const accepted = new Set();

/**
 * Starts to count broadcasts.
 *
 * @param {Context<BroadcastReceiver>} context
 * @param {Events} events
 */
export async function listenForBroadcasts(context, events) {
  /** @type {BroadcastReceiver} */
  const receiver = { received: new Set(), lastPushAt: currentTime() };
  context.vars.receiver = receiver;
  context.vars.connection = new Connection(context.ws, (push, now) => {
    if (push.type !== 'broadcast') return;
    receiver.lastPushAt = now;
    if (receiver.received.has(push.messageId)) return events.emit('counter', 'roomcast.duplicated', 1);
    receiver.received.add(push.messageId);
    events.emit('counter', 'roomcast.delivered', 1);
    events.emit('histogram', 'roomcast.delivery_ms', now - Number(push.text.split(' ')[0]));
  });
  await context.vars.connection.request('ping');
  await sleep(INDEX_LAG_MS);
  arrive();
}

/**
 * Sends a broadcast as the first virtual user.
 *
 * @param {{ vars: Pick<Context['vars'], 'number'> }} context
 * @param {Events} events
 */
export async function sendBroadcastIfFirst({ vars }, events) {
  if (vars.number !== 0) return;
  const sentAt = currentTime();
  const response = await fetch(`${process.env.HTTP_URL}/broadcastmessage`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${process.env.BROADCAST_KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ message: `${sentAt.toFixed(3)} hello, everyone` }),
  });
  if (response.status !== 202) throw new Error(`The broadcast returned ${response.status}.`);
  const { messageId } = /** @type {{ messageId: string }} */ (await response.json());
  accepted.add(messageId);
  events.emit('counter', 'roomcast.sent', 1);
  events.emit('histogram', 'roomcast.ack_ms', currentTime() - sentAt);
}

/**
 * Waits for pending broadcasts, and counts the missing ones.
 *
 * @param {Context<BroadcastReceiver>} context
 * @param {Events} events
 */
export async function reportLostBroadcasts({ vars: { receiver } }, events) {
  const countMissing = () => [...accepted].filter((id) => !receiver.received.has(id)).length;
  await finishTogether(receiver);
  await waitWhileReceiving(() => countMissing() === 0, receiver);
  events.emit('counter', 'roomcast.lost', countMissing());
}
