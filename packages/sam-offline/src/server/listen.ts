import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import { UsageError } from '../core/service';

/** The length of the accept queue. Many clients may connect simultaneously. */
const BACKLOG = 4096;

/** The maximum time for which open sockets on ::1 may delay closing. The HTTP server has the same limit on 127.0.0.1. */
const CLOSE_GRACE_MILLIS = 1_000;

/** A server that listens on a port of the loopback interface. */
export interface Listener {
  readonly port: number;
  /** Closes the server. Resolves when all sockets are closed. */
  close(): Promise<void>;
}

/**
 * Binds a server to 127.0.0.1 and, if the machine supports IPv6, to ::1. `localhost` can resolve to either address.
 *
 * @param port 0 selects a free port
 * @throws UsageError if the port is not available
 */
export async function listen(server: Server, port: number): Promise<Listener> {
  await bind(server, port, '127.0.0.1');
  const chosenPort = (server.address() as AddressInfo).port;
  const second = createServer((socket) => server.emit('connection', socket));
  const sockets = new Set<Socket>();
  second.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  try {
    await bind(second, chosenPort, '::1');
  } catch (error) {
    if (error instanceof UsageError) {
      await close(server);
      throw error;
    }
    // The machine does not support IPv6.
  }
  return {
    port: chosenPort,
    async close() {
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, CLOSE_GRACE_MILLIS);
      await Promise.all([close(server), close(second)]);
      clearTimeout(timer);
    },
  };
}

async function bind(server: NetServer, port: number, host: string): Promise<void> {
  server.listen(port, host, BACKLOG);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException, port);
  }
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  const other = port < 65_535 ? port + 1 : port - 1;
  if (error.code === 'EADDRINUSE') {
    return new UsageError(
      `Port ${port} is already in use. Stop the other process, or run with --port ${other}.`,
    );
  }
  if (error.code === 'EACCES') {
    return new UsageError(`No permission to listen on port ${port}. Run with another port: --port 3000.`);
  }
  return error;
}

async function close(server: NetServer): Promise<void> {
  if (server.listening) await new Promise((resolve) => server.close(resolve));
}
