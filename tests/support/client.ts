import { once } from 'node:events';
import WebSocket from 'ws';

/** How long a test waits for what should come to pass. A failure's limit, not a measurement. */
const PATIENCE_MS = 15_000;
/** And for a frame: of many who speak at once the last may wait for all others, on whatever machine the stack runs. */
const FRAME_MS = 45_000;

export interface ClientOptions {
  query?: Record<string, string>;
  protocols?: string[];
  headers?: Record<string, string>;
}

/** A chat client as tests need it: frames in the order they came, and a wait for the one that is meant. */
export class Client {
  readonly frames: string[] = [];
  closed?: { code: number; reason: string };
  private waiting: { match: (frame: string) => boolean; resolve: (frame: string) => void }[] = [];
  private taken = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.receive(String(data)));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    socket.on('error', () => undefined); // the close that follows tells
  }

  /** Rejects with the handshake's HTTP status as `status` if it is refused. */
  static async open(url: string, options: ClientOptions = {}): Promise<Client> {
    const query = new URLSearchParams(options.query).toString();
    const socket = new WebSocket(query ? `${url}?${query}` : url, options.protocols ?? [], {
      headers: options.headers,
      perMessageDeflate: false,
    });
    const client = new Client(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        reject(
          Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode }),
        );
      });
    });
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** The next frame that matches and has not been taken, waiting for it if need be. */
  async next(match: (frame: string) => boolean = () => true): Promise<string> {
    for (let index = this.taken; index < this.frames.length; index += 1) {
      const frame = this.frames[index] as string;
      if (match(frame)) {
        this.taken = index + 1;
        return frame;
      }
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new Error(`no such frame came; there were: ${this.frames.slice(this.taken).join(' | ') || 'none'}`),
        );
      }, FRAME_MS);
      this.waiting.push({
        match,
        resolve: (frame) => {
          clearTimeout(timer);
          this.taken = this.frames.length;
          resolve(frame);
        },
      });
    });
  }

  /** The next frame of this `type`, parsed; with `id`, the reply to that request. */
  // biome-ignore lint/suspicious/noExplicitAny: frames are what the test is about
  async nextOf(type: string, id?: string): Promise<any> {
    const frame = await this.next((text) => {
      const parsed = parse(text);
      return parsed?.type === type && (id === undefined || parsed.id === id);
    });
    return JSON.parse(frame);
  }

  /** The connection's id, as `$default` tells a plain connection. */
  async connectionId(): Promise<string> {
    this.send('who am I?');
    const text = await this.next((frame) => frame.startsWith('Use the sendmessage route'));
    return /"connectionID":"([^"]+)"/.exec(text)?.[1] as string;
  }

  async close(code = 1000): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.close(code);
    await closed;
  }

  private receive(frame: string): void {
    this.frames.push(frame);
    const index = this.waiting.findIndex(({ match }) => match(frame));
    if (index >= 0) this.waiting.splice(index, 1)[0]?.resolve(frame);
  }
}

function parse(text: string): { type?: string; id?: string } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Waits until `probe` holds, for what happens behind a client's back. */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > deadline) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
