import type { Environment, SocketLike } from '../../src/environment';
import { Faults, randomOf } from './faults';
import type { MemoryServer } from './server';

export const URL = 'ws://chat.example/production';

/** A machine in virtual time: its sockets lead through faults to a server in memory. */
export class Machine implements Environment {
  readonly faults: Faults;
  random: () => number;
  /** Whether a connection can be made at all. */
  reachable = true;
  readonly sockets: Socket[] = [];
  /** When it tried to connect. */
  readonly triedAt: number[] = [];
  private readonly onlineListeners = new Set<() => void>();

  constructor(
    readonly server: MemoryServer,
    seed = 1,
  ) {
    this.random = randomOf(seed);
    this.faults = new Faults(randomOf(seed + 1));
  }

  now = () => this.server.time.now;
  startTimer = (ms: number, then: () => void) => this.server.time.after(ms, then);
  randomBytes = (count: number) => Uint8Array.from({ length: count }, () => Math.floor(this.random() * 256));

  openSocket = (url: string, protocols: string[]): SocketLike => {
    const socket = new Socket(this, url, protocols);
    this.sockets.push(socket);
    this.triedAt.push(this.now());
    return socket;
  };

  onOnline = (then: () => void) => {
    this.onlineListeners.add(then);
    return () => this.onlineListeners.delete(then);
  };

  goOnline(): void {
    for (const listener of this.onlineListeners) listener();
  }

  /** Its open connections are lost at once, on both sides. */
  cut(): void {
    this.faults.cut();
    for (const socket of this.open()) socket.fail();
  }

  open(): Socket[] {
    return this.sockets.filter(({ isOpen }) => isOpen);
  }
}

class Socket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  isOpen = false;
  isEnded = false;
  connectionId?: string;

  constructor(
    private readonly machine: Machine,
    url: string,
    protocols: string[],
  ) {
    void this.begin(url, protocols);
  }

  send(text: string): void {
    const passed = this.machine.faults.up(text);
    for (const delay of passed.copies) {
      this.machine.startTimer(delay, () => {
        if (this.connectionId && !this.isEnded)
          void this.machine.server.receive(this.connectionId, passed.text);
      });
    }
  }

  close(): void {
    this.end();
  }

  fail(): void {
    if (!this.isEnded) this.end();
  }

  private async begin(url: string, protocols: string[]): Promise<void> {
    const { machine } = this;
    await machine.server.time.sleep(0);
    if (!machine.reachable) return this.end();
    if (machine.faults.silent) return;
    try {
      const peer = { deliver: (text: string) => this.deliver(text), end: () => this.end() };
      this.connectionId = await machine.server.connect(url, protocols, peer);
    } catch {
      return this.end();
    }
    if (this.isEnded) return void machine.server.disconnect(this.connectionId);
    this.isOpen = true;
    this.onopen?.();
  }

  private deliver(text: string): void {
    for (const delay of this.machine.faults.down(text)) {
      this.machine.startTimer(delay, () => {
        if (!this.isEnded) this.onmessage?.({ data: text });
      });
    }
  }

  private end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.isOpen = false;
    if (this.connectionId) void this.machine.server.disconnect(this.connectionId);
    this.machine.startTimer(0, () => this.onclose?.());
  }
}
