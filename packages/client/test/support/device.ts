import type { Environment, SocketLike } from '../../src/environment';
import { Faults } from './faults';
import { createRandom } from './random';
import type { MemoryServer } from './server';

export const SERVER_URL = 'ws://chat.example/production';

/** A device in virtual time. Its sockets connect to the in-memory server through a faulty network. */
export class Device implements Environment {
  readonly faults: Faults;
  random: () => number;
  /** Whether the server can be reached. */
  isReachable = true;
  readonly sockets: DeviceSocket[] = [];
  /** Times of the connection attempts. */
  readonly attempts: number[] = [];
  private readonly onlineListeners = new Set<() => void>();

  constructor(
    readonly server: MemoryServer,
    seed = 1,
  ) {
    this.random = createRandom(seed);
    this.faults = new Faults(createRandom(seed + 1));
  }

  now = () => this.server.time.now;
  startTimer = (ms: number, callback: () => void) => this.server.time.startTimer(ms, callback);
  randomBytes = (count: number) => Uint8Array.from({ length: count }, () => Math.floor(this.random() * 256));

  openSocket = (url: string, protocols: string[]): SocketLike => {
    const socket = new DeviceSocket(this, url, protocols);
    this.sockets.push(socket);
    this.attempts.push(this.now());
    return socket;
  };

  onOnline = (callback: () => void) => {
    this.onlineListeners.add(callback);
    return () => this.onlineListeners.delete(callback);
  };

  /** Reports that the network is back. */
  goOnline(): void {
    for (const listener of this.onlineListeners) listener();
  }

  /** Closes the open connections on both sides. */
  cutConnections(): void {
    this.faults.recordCut();
    for (const socket of this.openSockets()) socket.close();
  }

  openSockets(): DeviceSocket[] {
    return this.sockets.filter(({ isOpen }) => isOpen);
  }
}

class DeviceSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  isOpen = false;
  isClosed = false;
  connectionId?: string;

  constructor(
    private readonly device: Device,
    url: string,
    protocols: string[],
  ) {
    void this.connect(url, protocols);
  }

  send(frame: string): void {
    const { text, delays } = this.device.faults.planRequest(frame);
    for (const delay of delays) {
      this.device.startTimer(delay, () => {
        if (this.connectionId && !this.isClosed) void this.device.server.receive(this.connectionId, text);
      });
    }
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.isOpen = false;
    if (this.connectionId) void this.device.server.disconnect(this.connectionId);
    this.device.startTimer(0, () => this.onclose?.());
  }

  private async connect(url: string, protocols: string[]): Promise<void> {
    const { server, faults } = this.device;
    await server.time.sleep(0);
    if (!this.device.isReachable) return this.close();
    if (faults.isBlackhole) return;
    try {
      const peer = { deliver: (text: string) => this.deliver(text), close: () => this.close() };
      this.connectionId = await server.connect(url, protocols, peer);
    } catch {
      return this.close();
    }
    if (this.isClosed) return void server.disconnect(this.connectionId);
    this.isOpen = true;
    this.onopen?.();
  }

  private deliver(text: string): void {
    for (const delay of this.device.faults.planReply(text)) {
      this.device.startTimer(delay, () => {
        if (!this.isClosed) this.onmessage?.({ data: text });
      });
    }
  }
}
