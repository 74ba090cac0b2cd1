import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const MAX_DELAY_MS = 300;

/** A proxy that injects faults into TCP connections while `isFaulty` is set. */
export class TcpProxy {
  isFaulty = true;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    private readonly random: () => number,
    /** The number of occurrences of each fault. */
    readonly faults: { [fault: string]: number },
  ) {}

  static async open(
    port: number,
    random: () => number,
    faults: { [fault: string]: number },
  ): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, random, faults);
    server.on('connection', (client) => proxy.forward(client, connect(port, '127.0.0.1')));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/production`;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private forward(client: Socket, server: Socket): void {
    // A half-open connection loses all bytes, but neither side is notified that the connection is closed.
    const state = { isHalfOpen: false, isCut: false };
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      let arrivesAt = 0;
      from.on('data', (bytes) => {
        if (state.isHalfOpen || state.isCut) return;
        const fault = this.isFaulty ? this.drawFault() : undefined;
        if (fault) this.faults[fault] = (this.faults[fault] ?? 0) + 1;
        if (fault === 'half-open') state.isHalfOpen = true;
        if (fault === 'cut in a frame') {
          state.isCut = true;
          to.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), cut);
        }
        if (state.isHalfOpen || state.isCut) return;
        const delay = fault === 'delay' ? this.random() * MAX_DELAY_MS : 0;
        arrivesAt = Math.max(arrivesAt, performance.now() + delay);
        setTimeout(() => !to.destroyed && to.write(bytes), arrivesAt - performance.now());
      });
      from.on('error', cut);
      from.on('close', () => {
        this.sockets.delete(from);
        if (!state.isHalfOpen || from === client) cut();
      });
    }
  }

  private drawFault(): 'half-open' | 'cut in a frame' | 'delay' | undefined {
    const choice = this.random();
    if (choice < 0.004) return 'half-open';
    if (choice < 0.02) return 'cut in a frame';
    return choice < 0.3 ? 'delay' : undefined;
  }
}
