import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { Faults, randomOf } from '../../packages/client/test/support/faults';

/** One client's way to the server, and what becomes of its frames there. */
export class Path {
  readonly faults: Faults;
  /** Whether a connection can be made at all. */
  reachable = true;
  readonly pairs = new Set<{ near: WebSocket; far: WebSocket }>();

  constructor(
    readonly url: string,
    seed: number,
  ) {
    this.faults = new Faults(randomOf(seed));
  }

  /** Its open connections are lost, as a network loses them. */
  cut(): void {
    this.faults.cut();
    for (const { near, far } of this.pairs) {
      near.terminate();
      far.terminate();
    }
  }
}

/** A WebSocket proxy that loses, delays, repeats and reorders frames, and cuts connections, path by path. */
export class FaultyProxy {
  private readonly server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    noServer: false,
    handleProtocols: first,
  });
  private readonly paths = new Map<string, Path>();

  /** @param speed by which the clients' clocks are faster than the world's */
  private constructor(
    private readonly target: string,
    private readonly speed: number,
  ) {
    this.server.on('connection', (near, request) => this.connect(near, request));
  }

  static async open(target: string, speed = 1): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target, speed);
    await once(proxy.server, 'listening');
    return proxy;
  }

  path(seed: number): Path {
    const name = `/${this.paths.size}`;
    const path = new Path(`ws://127.0.0.1:${(this.server.address() as AddressInfo).port}${name}`, seed);
    this.paths.set(name, path);
    return path;
  }

  async close(): Promise<void> {
    for (const path of this.paths.values()) path.cut();
    for (const near of this.server.clients) near.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private connect(near: WebSocket, request: IncomingMessage): void {
    const { pathname, search } = new URL(request.url ?? '', 'ws://proxy');
    const path = this.paths.get(pathname);
    near.on('error', () => near.terminate());
    if (!path?.reachable) {
      near.terminate();
      return;
    }
    const protocols = (request.headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((entry) => entry.trim());
    const far = new WebSocket(this.target + search, protocols, { perMessageDeflate: false });
    const pair = { near, far };
    path.pairs.add(pair);
    const waiting: string[] = [];
    const pass = (text: string, to: WebSocket, copies: number[]) => {
      for (const delay of copies) {
        setTimeout(() => {
          if (to.readyState === WebSocket.OPEN) to.send(text);
        }, delay / this.speed);
      }
    };
    const up = (frame: string) => {
      const { text, copies } = path.faults.up(frame);
      pass(text, far, copies);
    };
    near.on('message', (data) => {
      if (far.readyState === WebSocket.CONNECTING) waiting.push(String(data));
      else up(String(data));
    });
    far.on('open', () => {
      for (const frame of waiting.splice(0)) up(frame);
    });
    far.on('message', (data) => pass(String(data), near, path.faults.down(String(data))));
    const end = () => {
      path.pairs.delete(pair);
      near.terminate();
      far.terminate();
    };
    for (const socket of [near, far]) socket.on('close', end);
    far.on('error', end);
  }
}

function first(protocols: Set<string>): string | false {
  return [...protocols][0] ?? false;
}
