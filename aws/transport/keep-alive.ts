import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

/**
 * The longest time, in milliseconds, that a TCP connection may be idle before it is reused. Lambda freezes an environment
 * between invocations, so the environment does not notice that a server closes an idle connection. The next write to that
 * connection fails.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
const MAX_IDLE_MS = 5000;

const freedAt = new WeakMap<Duplex, number>();

/** Shared by all clients of the execution environment. */
const agents = {
  httpAgent: recordIdleTime(new HttpAgent({ keepAlive: true, maxSockets: 50 })),
  httpsAgent: recordIdleTime(new HttpsAgent({ keepAlive: true, maxSockets: 50 })),
};

/** Returns the agents that all clients of the execution environment share. */
export function keepAliveAgents(): typeof agents {
  return agents;
}

/** Closes the TCP connections that have been idle for longer than `maxIdleMs`. Call it when an invocation starts. */
export function closeIdleSockets(maxIdleMs = MAX_IDLE_MS): void {
  const oldest = Date.now() - maxIdleMs;
  for (const { freeSockets } of Object.values(agents)) {
    for (const socket of Object.values(freeSockets).flatMap((sockets) => [...(sockets ?? [])])) {
      if ((freedAt.get(socket) ?? 0) <= oldest) socket.destroy();
    }
  }
}

/**
 * Makes an agent record when a request releases its socket. If a socket fails, the environment may have been frozen for too
 * long, so all other idle sockets are closed too. Otherwise, all three attempts of the SDK could use a closed connection.
 */
function recordIdleTime<A extends HttpAgent>(agent: A): A {
  const keepSocketAlive = agent.keepSocketAlive.bind(agent);
  agent.keepSocketAlive = (socket) => {
    if (!freedAt.has(socket)) socket.once('error', () => closeIdleSockets(0));
    freedAt.set(socket, Date.now());
    return keepSocketAlive(socket);
  };
  return agent;
}
