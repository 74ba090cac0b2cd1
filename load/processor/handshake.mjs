/** @import { ConnectArguments, Context, Events } from './types.d.ts' */
import { randomBytes } from 'node:crypto';
import { currentTime } from './connection.mjs';

let users = 0;

/**
 * Prepares a plain connection.
 *
 * @param {ConnectArguments} connectArguments
 * @param {Context} context
 * @param {() => void} done
 */
export function connectPlain(connectArguments, context, done) {
  prepare(connectArguments, context);
  done();
}

/**
 * Prepares a `roomcast.v1` connection of a guest that can reconnect.
 *
 * @param {ConnectArguments} connectArguments
 * @param {Context} context
 * @param {() => void} done
 */
export function connectV1(connectArguments, context, done) {
  const target = prepare(connectArguments, context);
  const subprotocols = ['roomcast.v1', `guest.${randomBytes(18).toString('base64url')}`];
  connectArguments.subprotocols = subprotocols;
  context.vars.connectArguments = { target, subprotocols };
  done();
}

/**
 * @param {ConnectArguments} connectArguments
 * @param {Context} context
 */
function prepare(connectArguments, context) {
  const target = process.env.WS_URL ?? '';
  connectArguments.target = target;
  context.vars.number = users;
  users += 1;
  context.vars.connectStartedAt = currentTime();
  return target;
}

/**
 * Records the duration of the handshake.
 *
 * @param {Context} context
 * @param {Events} events
 */
export async function recordHandshake(context, events) {
  context.ws.on('error', () => events.emit('counter', 'roomcast.socket_errors', 1));
  events.emit('histogram', 'roomcast.connect_ms', currentTime() - context.vars.connectStartedAt);
}

/**
 * Measures a round trip on a plain connection. Plain connections have no `ping`, so this sends a text that the `$default` route
 * answers.
 *
 * @param {Context} context
 * @param {Events} events
 */
export async function requestHelp(context, events) {
  const sentAt = currentTime();
  /** @type {Promise<void>} */
  const reply = new Promise((resolve, reject) => {
    context.ws.once('close', () => reject(new Error('The connection closed.')));
    context.ws.on('message', (/** @type {unknown} */ data) => {
      if (String(data).startsWith('Use the sendmessage route')) resolve();
    });
  });
  context.ws.send('help');
  await reply;
  events.emit('histogram', 'roomcast.reply_ms', currentTime() - sentAt);
}
