import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';

/** The local end of a client's TCP connection. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * The open TCP connections of frozen execution environments. AWS closes connections that are idle while an environment is
 * frozen. The environment is not notified, so its next request on such a connection is reset.
 * https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html ("Lambda purges idle connections over time")
 */
export class FrozenSockets {
  private readonly open = new Map<string, Socket>();
  /** The time when the server closes each connection, in epoch milliseconds. */
  private readonly closesAt = new WeakMap<Socket, number>();

  /** @param onReset called for each reset connection */
  constructor(private readonly onReset: () => void) {}

  /** Tracks the connections of a server. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      const key = formatAddress({ address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 });
      this.open.set(key, socket);
      socket.once('close', () => {
        if (this.open.get(key) === socket) this.open.delete(key);
      });
    });
  }

  /** Marks the connections of an environment that has just been frozen. The server closes the connections after `idleMs`. */
  freeze(addresses: Iterable<SocketAddress>, idleMs: number): void {
    const closesAt = Date.now() + idleMs;
    for (const address of addresses) {
      const socket = this.open.get(formatAddress(address));
      if (socket) this.closesAt.set(socket, closesAt);
    }
  }

  /**
   * Resets the connection of a request if the connection's closing time has passed. Returns whether the connection was reset.
   */
  reset({ socket }: IncomingMessage): boolean {
    const closesAt = this.closesAt.get(socket);
    this.closesAt.delete(socket);
    if (closesAt === undefined || Date.now() < closesAt) return false;
    this.onReset();
    socket.resetAndDestroy();
    return true;
  }
}

function formatAddress({ address, port }: SocketAddress): string {
  return `${address} ${port}`;
}
