import { once } from 'node:events';
import WebSocket from 'ws';
import { WaitList, type WaitOptions } from './wait-list';

export interface ConnectOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Subprotocols. */
  readonly protocols?: readonly string[];
}

interface Frame {
  readonly text: string;
}

/** A client of a WebSocket API. */
export class WebSocketClient {
  /** Resolves when the connection is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  private readonly received = new WaitList<Frame>('message');

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data) => this.received.add({ text: String(data) }));
    socket.on('error', () => undefined); // a close event follows
    this.closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  }

  /** Connects. Rejects with an error whose `status` is the HTTP status if the handshake is rejected. */
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

  /** The subprotocol that the API selected. Empty if none. */
  get protocol(): string {
    return this.socket.protocol;
  }

  /** All messages so far, in the order of arrival. */
  get messages(): readonly string[] {
    return this.received.all.map(({ text }) => text);
  }

  /** Sends a string unchanged, and any other value as JSON. */
  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Returns the next message that matches and that no earlier call returned, as a string. Waits for it if necessary. */
  async next(matches: (text: string) => boolean = () => true, options?: WaitOptions): Promise<string> {
    return (await this.received.next(({ text }) => matches(text), options)).text;
  }

  /** Returns the next message, parsed as JSON, that contains these members. Messages that are not JSON do not match. */
  async nextJson<T = Record<string, unknown>>(members: object = {}, options?: WaitOptions): Promise<T> {
    const text = await this.next((each) => contains(parse(each), members), options);
    return JSON.parse(text) as T;
  }

  /** Closes the connection. Resolves when it is closed. */
  async close(code = 1000): Promise<void> {
    this.socket.close(code);
    await this.closed;
  }

  /** Ends the connection without a closing handshake, as a network failure does. */
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
