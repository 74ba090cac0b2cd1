import { randomBytes } from 'node:crypto';
import { clock } from './line.mjs';

let users = 0;

/** Before a connection is opened: who comes, and how it will talk. */
export function connectPlain(wsArgs, context, done) {
  come(wsArgs, context);
  done();
}

/** The same in `roomcast.v1`, as a guest that can return. */
export function connectV1(wsArgs, context, done) {
  come(wsArgs, context);
  wsArgs.subprotocols = ['roomcast.v1', `guest.${randomBytes(18).toString('base64url')}`];
  context.vars.connection = { target: wsArgs.target, subprotocols: wsArgs.subprotocols };
  done();
}

function come(wsArgs, context) {
  wsArgs.target = process.env.WS_URL;
  context.vars.number = users;
  users += 1;
  context.vars.comesAt = clock();
}

/** Once it is open: how long the handshake took. */
export async function opened(context, events) {
  context.ws.on('error', () => events.emit('counter', 'roomcast.socket_errors', 1));
  events.emit('histogram', 'roomcast.connect_ms', clock() - context.vars.comesAt);
}

/** A plain connection has no ping; what no route takes is answered with the connection's own data. */
export async function answersPing(context, events) {
  const sentAt = clock();
  const answer = new Promise((resolve, reject) => {
    context.ws.once('close', () => reject(new Error('closed')));
    context.ws.on('message', (data) => {
      if (String(data).startsWith('Use the sendmessage route')) resolve();
    });
  });
  context.ws.send('still here?');
  await answer;
  events.emit('histogram', 'roomcast.answer_ms', clock() - sentAt);
}
