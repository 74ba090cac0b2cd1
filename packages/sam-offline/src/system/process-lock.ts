import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A lock that this process has acquired. The operating system releases the lock if the process ends. */
export interface ProcessLock {
  release(): Promise<void>;
}

/**
 * Acquires the lock `name`. Only one process on this machine can have the lock at a time. Returns undefined if the lock is
 * already acquired.
 *
 * The lock is a listening local socket. A file with a process ID would remain after a crash. The lock does not apply across
 * containers.
 */
export async function acquireLock(name: string): Promise<ProcessLock | undefined> {
  const address = toAddress(name);
  const server = (await listen(address)) ?? (await replaceUnusedSocket(address));
  if (!server) return undefined;
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/**
 * Returns the socket address of a lock. On Linux and Windows, the address is not a file, and is released when the process ends.
 */
function toAddress(name: string): string {
  const id = `sam-offline-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${id}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${id}` : join(tmpdir(), id);
}

/** Listens on an address. Returns undefined if the address is in use. */
async function listen(address: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  try {
    await once(server.listen(address), 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

/** Replaces a socket file that remained after a crash. Such a file refuses connections. */
async function replaceUnusedSocket(address: string): Promise<Server | undefined> {
  if (process.platform === 'linux' || process.platform === 'win32') return undefined;
  const socket = connect(address);
  try {
    await once(socket, 'connect');
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') return undefined;
    await unlink(address).catch(() => undefined);
    return await listen(address);
  } finally {
    socket.destroy();
  }
}
