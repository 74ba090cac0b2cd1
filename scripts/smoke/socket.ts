import { once } from 'node:events';
import WebSocket from 'ws';

/** How long anything may take before it counts as not happening: several cold starts, one after another. */
const PATIENCE_MS = 15_000;

export interface Frame {
  type?: string;
  id?: string;
  [field: string]: unknown;
}

/** A connection to the stack that is tried out. Frames are JSON, text as it is, or binary from a Buffer. */
export class Socket {
  private readonly frames: string[] = [];
  private readonly waiting = new Set<() => void>();
  private requests = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data) => {
      this.frames.push(String(data));
      for (const look of this.waiting) look();
    });
    socket.on('error', () => undefined); // what is waited for does not come, and says so
  }

  /** @throws Error with the handshake's status if it is refused. */
  static async open(url: string, protocols: string[] = []): Promise<Socket> {
    const socket = new WebSocket(url, protocols, { perMessageDeflate: false, handshakeTimeout: PATIENCE_MS });
    const opened = new Socket(socket);
    await once(socket, 'open');
    return opened;
  }

  get protocol(): string {
    return this.socket.protocol;
  }

  send(frame: object | string): void {
    const isRaw = typeof frame === 'string' || Buffer.isBuffer(frame);
    this.socket.send(isRaw ? frame : JSON.stringify(frame));
  }

  /** Sends a request of `roomcast.v1` and waits for its reply. @throws Error if that is an error. */
  async request(action: string, fields: object = {}): Promise<Frame> {
    this.requests += 1;
    const id = `smoke-${this.requests}`;
    this.send({ action, id, ...fields });
    const reply = await this.frame(`the reply to ${action}`, (frame) => frame.id === id);
    if (reply.type === 'error') throw new Error(`${action} was refused: ${JSON.stringify(reply.problem)}`);
    return reply;
  }

  /** The first JSON frame, come or to come, that matches. */
  async frame(what: string, match: (frame: Frame) => boolean): Promise<Frame> {
    const text = await this.text(what, (candidate) => match(parsed(candidate)));
    return parsed(text);
  }

  /** The first frame, come or to come, that matches. */
  async text(what: string, match: (text: string) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(look);
        this.socket.off('close', closed);
      };
      const closed = (code: number) => {
        done();
        reject(new Error(`${what} did not come: the connection was closed with ${code}`));
      };
      const look = () => {
        const found = this.frames.find(match);
        if (found === undefined) return;
        done();
        resolve(found);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`${what} did not come within ${PATIENCE_MS / 1000} s`));
      }, PATIENCE_MS);
      this.waiting.add(look);
      this.socket.once('close', closed);
      look();
    });
  }

  /** The code with which the other side closes. */
  async closed(): Promise<number> {
    const [code] = await once(this.socket, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return code;
  }

  close(): void {
    this.socket.terminate();
  }
}

function parsed(text: string): Frame {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Frame) : {};
  } catch {
    return {};
  }
}
