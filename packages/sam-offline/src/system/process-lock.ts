import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A lock that this process holds. The operating system releases it if the process ends. */
export interface ProcessLock {
  release(): Promise<void>;
}

/**
 * Acquires the lock `name`, which one process of this machine can hold at a time. Returns undefined if another holder has it.
 *
 * The lock is a local socket that listens. Files with process IDs would remain after a crash. Processes in different
 * containers do not see each other.
 */
export async function acquireLock(name: string): Promise<ProcessLock | undefined> {
  const address = toAddress(name);
  const server = (await listen(address)) ?? (await replaceUnusedSocket(address));
  if (!server) return undefined;
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Linux and Windows have socket names that need no file and end with their process. */
function toAddress(name: string): string {
  const id = `sam-offline-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${id}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${id}` : join(tmpdir(), id);
}

/** Returns undefined if the address is in use. */
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

/** A socket file remains after a crash, but refuses connections. */
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
