import { once } from 'node:events';
import WebSocket from 'ws';

/** The default timeout of `eventually`. */
const TIMEOUT_MS = 45_000;
/** The timeout for a frame. It is long, because the last of many concurrent requests can be slow under load. */
const FRAME_TIMEOUT_MS = 45_000;

export interface ClientOptions {
  query?: Record<string, string>;
  protocols?: string[];
  headers?: Record<string, string>;
}

/** A WebSocket client that records frames in the order of arrival and waits for specific ones. */
export class Client {
  readonly frames: string[] = [];
  closed?: { code: number; reason: string };
  private waiting: { match: (frame: string) => boolean; resolve: (frame: string) => void }[] = [];
  private consumed = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.receive(String(data)));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    socket.on('error', () => undefined); // a close event follows
  }

  /** Connects. Rejects with an error whose `status` is the HTTP status if the handshake is rejected. */
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
        const error = new Error(`Handshake rejected with ${response.statusCode}.`);
        reject(Object.assign(error, { status: response.statusCode }));
      });
    });
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Returns the next matching frame that no earlier call consumed. Waits for it if necessary. */
  async next(match: (frame: string) => boolean = () => true): Promise<string> {
    for (let index = this.consumed; index < this.frames.length; index += 1) {
      const frame = this.frames[index] as string;
      if (match(frame)) {
        this.consumed = index + 1;
        return frame;
      }
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const received = this.frames.slice(this.consumed).join(' | ') || 'none';
        reject(new Error(`No matching frame arrived. Received: ${received}`));
      }, FRAME_TIMEOUT_MS);
      this.waiting.push({
        match,
        resolve: (frame) => {
          clearTimeout(timer);
          this.consumed = this.frames.length;
          resolve(frame);
        },
      });
    });
  }

  /** Returns the next frame of a type as an object. If `id` is set, returns the reply to that request. */
  // biome-ignore lint/suspicious/noExplicitAny: tests assert the shape of frames
  async nextOf(type: string, id?: string): Promise<any> {
    const frame = await this.next((text) => {
      const parsed = parse(text);
      return parsed?.type === type && (id === undefined || parsed.id === id);
    });
    return JSON.parse(frame);
  }

  /** Returns the ID of a plain connection, from the reply of `$default`. */
  async connectionId(): Promise<string> {
    this.send('help');
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

/** Polls until `probe` returns a truthy value, and returns it. */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false>,
  timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const result = await probe();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`The condition was not met within ${timeoutMs / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
