import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { Faults } from './faults';
import { createRandom } from './random';

/** The network path of one client through the proxy. */
class ProxyPath {
  readonly faults: Faults;
  /** Whether the server can be reached. */
  isReachable = true;
  readonly pairs = new Set<{ client: WebSocket; server: WebSocket }>();

  constructor(
    readonly url: string,
    seed: number,
  ) {
    this.faults = new Faults(createRandom(seed));
  }

  /** Terminates the open connections without a close frame. */
  cutConnections(): void {
    this.faults.recordCut();
    for (const { client, server } of this.pairs) {
      client.terminate();
      server.terminate();
    }
  }
}

/** A WebSocket proxy that loses, delays, duplicates and reorders frames, and cuts connections, separately per path. */
export class FaultyProxy {
  private readonly server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    noServer: false,
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  });
  private readonly paths = new Map<string, ProxyPath>();

  /** @param speed factor by which the clients' clocks run faster than real time */
  private constructor(
    private readonly targetUrl: string,
    private readonly speed: number,
  ) {
    this.server.on('connection', (client, request) => this.connect(client, request));
  }

  static async open(targetUrl: string, speed = 1): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(targetUrl, speed);
    await once(proxy.server, 'listening');
    return proxy;
  }

  createPath(seed: number): ProxyPath {
    const name = `/${this.paths.size}`;
    const { port } = this.server.address() as AddressInfo;
    const path = new ProxyPath(`ws://127.0.0.1:${port}${name}`, seed);
    this.paths.set(name, path);
    return path;
  }

  async close(): Promise<void> {
    for (const path of this.paths.values()) path.cutConnections();
    for (const client of this.server.clients) client.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private connect(client: WebSocket, request: IncomingMessage): void {
    const { pathname, search } = new URL(request.url ?? '', 'ws://proxy');
    const path = this.paths.get(pathname);
    client.on('error', () => client.terminate());
    if (!path?.isReachable) {
      client.terminate();
      return;
    }
    const protocols = (request.headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((protocol) => protocol.trim());
    const server = new WebSocket(this.targetUrl + search, protocols, { perMessageDeflate: false });
    const pair = { client, server };
    path.pairs.add(pair);
    const buffered: string[] = [];
    const forward = (text: string, target: WebSocket, delays: number[]) => {
      for (const delay of delays) {
        setTimeout(() => {
          if (target.readyState === WebSocket.OPEN) target.send(text);
        }, delay / this.speed);
      }
    };
    const forwardRequest = (frame: string) => {
      const { text, delays } = path.faults.planRequest(frame);
      forward(text, server, delays);
    };
    client.on('message', (data) => {
      if (server.readyState === WebSocket.CONNECTING) buffered.push(String(data));
      else forwardRequest(String(data));
    });
    server.on('open', () => {
      for (const frame of buffered.splice(0)) forwardRequest(frame);
    });
    server.on('message', (data) => forward(String(data), client, path.faults.planReply(String(data))));
    const terminate = () => {
      path.pairs.delete(pair);
      client.terminate();
      server.terminate();
    };
    for (const socket of [client, server]) socket.on('close', terminate);
    server.on('error', terminate);
  }
}
