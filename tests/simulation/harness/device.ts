import type { Faults } from '../faults/faults';
import type { Gateway, Peer } from './gateway';
import type { History } from './history';
import type { Realm, Sources } from './realm';

const LATENCY_MS = 60;

/** Simulates the device of a client: its sockets, its network connection, and its sleep mode. */
export class Device {
  isOffline = false;
  private isAsleep = false;
  private readonly sockets = new Set<DeviceSocket>();
  private readonly held: (() => void)[] = [];

  constructor(
    readonly name: string,
    readonly sourceIp: string,
    readonly gateway: Gateway,
    readonly sources: Sources,
    readonly faults: Faults,
    private readonly history: History,
  ) {}

  /** The `WebSocket` class of the device. */
  createSocketClass() {
    const device = this;
    return class extends DeviceSocket {
      constructor(url: string, protocols: string[]) {
        super(device, url, protocols);
        device.sockets.add(this);
      }
    };
  }

  /** Suspends the client code. Frames that arrive during the sleep are queued. */
  sleep(realm: Realm): void {
    this.isAsleep = true;
    realm.pause();
  }

  wake(realm: Realm): void {
    this.isAsleep = false;
    for (const run of this.held.splice(0)) run();
    realm.resume();
  }

  /** Runs client code immediately, or after the device wakes up. */
  run(work: () => void): void {
    if (this.isAsleep) this.held.push(work);
    else work();
  }

  dropSockets(): void {
    for (const socket of [...this.sockets]) socket.drop();
  }

  forget(socket: DeviceSocket): void {
    this.sockets.delete(socket);
  }

  /** Records an incoming frame before the client library processes it. */
  recordFrame(text: string, connection: string, actions: ReadonlyMap<string, string>): void {
    const { history, name: client } = this;
    const { type, id, room, seq, messageId, problem } = JSON.parse(text);
    if (type === 'message') history.add({ type: 'frame', client, room, seq, messageId });
    if (type === 'broadcast') history.add({ type: 'heard', client, messageId });
    if (type === 'joined' || type === 'created') history.add({ type: 'entered', client, room, connection });
    if (type === 'error') {
      const about = { client, action: actions.get(id) ?? '' };
      history.add({ type: 'problem', ...about, problem: problem.type.split(':').at(-1) });
    }
  }
}

/** A WebSocket of a device. */
class DeviceSocket implements Peer {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  private id: string | undefined;
  /** The actions of requests by request ID. */
  private readonly actions = new Map<string, string>();
  private isClosed = false;
  private arrivesAt = 0;

  constructor(
    private readonly device: Device,
    url: string,
    protocols: string[],
  ) {
    void this.open(url, protocols);
  }

  get name(): string {
    return this.device.name;
  }

  get sourceIp(): string {
    return this.device.sourceIp;
  }

  send(text: string): void {
    const { sources, faults, gateway, isOffline } = this.device;
    if (isOffline) return;
    const { id, action } = JSON.parse(text);
    this.actions.set(id, action);
    if (faults.strikes('drop socket', this.name)) {
      this.drop();
      return;
    }
    const { time, random } = sources;
    this.arrivesAt = Math.max(this.arrivesAt + 1, Math.ceil(time.now() + random() * LATENCY_MS));
    time.startTimer(this.arrivesAt - time.now(), () => {
      if (this.id !== undefined) gateway.receive(this.id, text);
    });
  }

  receive(text: string): void {
    if (this.isClosed || this.device.isOffline || this.id === undefined) return;
    this.device.recordFrame(text, this.id, this.actions);
    this.device.run(() => {
      if (!this.isClosed) this.onmessage?.({ data: text });
    });
  }

  /** Closes the socket. Called by the client and by API Gateway. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.device.forget(this);
    const { time, random } = this.device.sources;
    if (this.id !== undefined) {
      const id = this.id;
      time.startTimer(random() * LATENCY_MS, () => this.device.gateway.close(id));
    }
    time.startTimer(random() * LATENCY_MS, () => this.device.run(() => this.onclose?.()));
  }

  /** Breaks the TCP connection. Both sides detect this. */
  drop(): void {
    this.close();
  }

  private async open(url: string, protocols: string[]): Promise<void> {
    const { sources, gateway } = this.device;
    await sources.time.sleep(1 + sources.random() * LATENCY_MS);
    if (this.isClosed || this.device.isOffline) return this.close();
    try {
      this.id = await gateway.connect(this, { url, protocols });
    } catch {
      return this.close();
    }
    if (this.isClosed) return gateway.close(this.id);
    this.device.run(() => this.onopen?.());
  }
}
