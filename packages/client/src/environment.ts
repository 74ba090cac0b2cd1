/** Where a client gets its sockets, time and chance from. Tests bring their own. */
export interface Environment {
  now(): number;
  random(): number;
  /** @returns what cancels it */
  after(ms: number, then: () => void): () => void;
  bytes(count: number): Uint8Array;
  socket(url: string, protocols: string[]): SocketLike;
  /** Tells when the machine has a network again, until what this returns is called. */
  onOnline(then: () => void): () => void;
}

/** What a client needs of a WebSocket. Browsers' and that of `ws` are of this shape. */
export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** The part of a browser's global object that Node.js may lack. */
interface Page {
  WebSocket?: SocketConstructor;
  addEventListener?(type: 'online', listener: () => void): void;
  removeEventListener?(type: 'online', listener: () => void): void;
}

/** The machine's own. */
export function machine(WebSocket?: SocketConstructor): Environment {
  const page = globalThis as unknown as Page;
  const Socket = WebSocket ?? page.WebSocket;
  if (!Socket) throw new Error('No global WebSocket: pass options.WebSocket');
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    after(ms, then) {
      const timeout = setTimeout(then, ms);
      return () => clearTimeout(timeout);
    },
    bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    socket: (url, protocols) => new Socket(url, protocols),
    onOnline(then) {
      page.addEventListener?.('online', then);
      return () => page.removeEventListener?.('online', then);
    },
  };
}
