import { once } from 'node:events';
import WebSocket from 'ws';

/** The timeout of each wait. Long enough for several consecutive cold starts. */
const TIMEOUT_MS = 15_000;

export interface Frame {
  type?: string;
  id?: string;
  [field: string]: unknown;
}

/** A connection to the stack under test. */
export class Connection {
  private readonly frames: string[] = [];
  private readonly listeners = new Set<() => void>();
  private requests = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data) => {
      this.frames.push(String(data));
      for (const notify of this.listeners) notify();
    });
    socket.on('error', () => undefined); // pending waits report the problem when they time out or the socket closes
  }

  /** Opens a connection. @throws Error with the HTTP status if the handshake is rejected */
  static async open(url: string, protocols: string[] = []): Promise<Connection> {
    const socket = new WebSocket(url, protocols, { perMessageDeflate: false, handshakeTimeout: TIMEOUT_MS });
    const connection = new Connection(socket);
    await once(socket, 'open');
    return connection;
  }

  get protocol(): string {
    return this.socket.protocol;
  }

  /** Sends an object as JSON, a string as text, and a Buffer as a binary frame. */
  send(frame: object | string): void {
    const isRaw = typeof frame === 'string' || Buffer.isBuffer(frame);
    this.socket.send(isRaw ? frame : JSON.stringify(frame));
  }

  /** Sends a `roomcast.v1` request and returns its reply. @throws Error if the reply is an error */
  async request(action: string, fields: object = {}): Promise<Frame> {
    this.requests += 1;
    const id = `smoke-${this.requests}`;
    this.send({ action, id, ...fields });
    const reply = await this.waitForFrame(`the reply to ${action}`, (frame) => frame.id === id);
    if (reply.type === 'error') throw new Error(`${action} was rejected: ${JSON.stringify(reply.problem)}`);
    return reply;
  }

  /** Returns the first JSON frame that matches. Checks received frames first, and then waits. */
  async waitForFrame(description: string, match: (frame: Frame) => boolean): Promise<Frame> {
    return parseFrame(await this.waitForText(description, (text) => match(parseFrame(text))));
  }

  /** Returns the first frame whose text matches. Checks received frames first, and then waits. */
  async waitForText(description: string, match: (text: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const cleanUp = () => {
        clearTimeout(timer);
        this.listeners.delete(check);
        this.socket.off('close', onClose);
      };
      const onClose = (code: number) => {
        cleanUp();
        reject(new Error(`${description} did not arrive: the connection closed with code ${code}`));
      };
      const check = () => {
        const found = this.frames.find(match);
        if (found === undefined) return;
        cleanUp();
        resolve(found);
      };
      const timer = setTimeout(() => {
        cleanUp();
        reject(new Error(`${description} did not arrive within ${TIMEOUT_MS / 1000} s`));
      }, TIMEOUT_MS);
      this.listeners.add(check);
      this.socket.once('close', onClose);
      check();
    });
  }

  /** Waits until the server closes the connection, and returns the close code. */
  async waitForClose(): Promise<number> {
    const [code] = await once(this.socket, 'close', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return code;
  }

  close(): void {
    this.socket.terminate();
  }
}

function parseFrame(text: string): Frame {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Frame) : {};
  } catch {
    return {};
  }
}
