import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import { UsageError } from '../core/service';

/** Connections that may wait to be accepted: a room's members may all come at once. */
const BACKLOG = 4096;

/** How long sockets on ::1 may hold up closing, as `http/` lets those on 127.0.0.1. */
const CLOSE_GRACE_MILLIS = 1_000;

/** What listens for a server, on one port of the loopback interface. */
export interface Listener {
  readonly port: number;
  /** Closes the server; resolves when no socket is left. */
  close(): Promise<void>;
}

/**
 * Lets a server listen on 127.0.0.1 and, where the machine has it, on ::1: `localhost` may mean either.
 *
 * @param port 0 lets the system choose
 * @throws UsageError if the port cannot be had
 */
export async function listen(server: Server, port: number): Promise<Listener> {
  await bind(server, port, '127.0.0.1');
  const chosen = (server.address() as AddressInfo).port;
  const second = createServer((socket) => server.emit('connection', socket));
  const sockets = new Set<Socket>();
  second.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  try {
    await bind(second, chosen, '::1');
  } catch (error) {
    if (error instanceof UsageError) {
      await close(server);
      throw error;
    }
    // This machine has no IPv6.
  }
  return {
    port: chosen,
    async close() {
      const cut = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, CLOSE_GRACE_MILLIS);
      await Promise.all([close(server), close(second)]);
      clearTimeout(cut);
    },
  };
}

async function bind(server: NetServer, port: number, host: string): Promise<void> {
  server.listen(port, host, BACKLOG);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw reasonFor(error as NodeJS.ErrnoException, port);
  }
}

function reasonFor(error: NodeJS.ErrnoException, port: number): Error {
  const other = port < 65_535 ? port + 1 : port - 1;
  if (error.code === 'EADDRINUSE') {
    return new UsageError(
      `Port ${port} is in use: stop what runs there, or choose another with --port ${other}.`,
    );
  }
  if (error.code === 'EACCES') {
    return new UsageError(`Port ${port} needs rights you do not have: choose another with --port 3000.`);
  }
  return error;
}

async function close(server: NetServer): Promise<void> {
  if (server.listening) await new Promise((resolve) => server.close(resolve));
}
