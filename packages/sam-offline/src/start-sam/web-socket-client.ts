import { once } from 'node:events';
import WebSocket from 'ws';
import { WaitList, type WaitOptions } from './wait-list';

export interface ConnectOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The subprotocols that the client offers. */
  readonly protocols?: readonly string[];
}

interface Frame {
  readonly text: string;
}

/** A WebSocket API client. */
export class WebSocketClient {
  /** Resolves when the connection is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  private readonly received = new WaitList<Frame>('message');

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data) => this.received.add({ text: String(data) }));
    socket.on('error', () => undefined); // A close event follows.
    this.closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  }

  /** Connects to an API. If the handshake is rejected, rejects with an error that has the HTTP status in `status`. */
  static async open(
    url: string,
    { query, headers, protocols = [] }: ConnectOptions = {},
  ): Promise<WebSocketClient> {
    const search = new URLSearchParams(query).toString();
    const socket = new WebSocket(search === '' ? url : `${url}?${search}`, [...protocols], { headers });
    const client = new WebSocketClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        const error = new Error(`The handshake was rejected with ${response.statusCode}.`);
        reject(Object.assign(error, { status: response.statusCode }));
      });
    });
    return client;
  }

  /** The subprotocol that the API selected, or an empty string. */
  get protocol(): string {
    return this.socket.protocol;
  }

  /** All received messages, in the order of arrival. */
  get messages(): readonly string[] {
    return this.received.all.map(({ text }) => text);
  }

  /** Sends a message. Strings are sent unchanged, and other values as JSON. */
  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /**
   * Returns the next matching message that has not been returned by an earlier call. Waits for such a message if necessary.
   */
  async next(matches: (text: string) => boolean = () => true, options?: WaitOptions): Promise<string> {
    return (await this.received.next(({ text }) => matches(text), options)).text;
  }

  /** Returns the next JSON message that contains `members`, parsed. Messages that are not JSON do not match. */
  async nextJson<T = Record<string, unknown>>(members: object = {}, options?: WaitOptions): Promise<T> {
    const text = await this.next((each) => contains(parse(each), members), options);
    return JSON.parse(text) as T;
  }

  /** Closes the connection. Resolves when it is closed. */
  async close(code = 1000): Promise<void> {
    this.socket.close(code);
    await this.closed;
  }

  /** Ends the connection without a closing handshake, like a network failure. */
  async drop(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function contains(value: unknown, members: object): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(members).every(
    ([name, expected]) =>
      JSON.stringify((value as Record<string, unknown>)[name]) === JSON.stringify(expected),
  );
}
