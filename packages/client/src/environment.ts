/** The clock, timers, randomness and sockets of a client. Tests replace it. */
export interface Environment {
  now(): number;
  random(): number;
  /** Starts a timer and returns a function that cancels it. */
  startTimer(ms: number, callback: () => void): () => void;
  randomBytes(count: number): Uint8Array;
  openSocket(url: string, protocols: string[]): SocketLike;
  /** Calls `callback` when the network is available again. Returns a function that removes the listener. */
  onOnline(callback: () => void): () => void;
}

/** The part of the WebSocket interface that the client uses. Browsers and the package `ws` implement it. */
export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** Browser globals that Node.js may lack. */
interface BrowserGlobals {
  WebSocket?: SocketConstructor;
  addEventListener?(type: 'online', listener: () => void): void;
  removeEventListener?(type: 'online', listener: () => void): void;
}

/** Creates the environment of a browser or Node.js. */
export function createEnvironment(WebSocket?: SocketConstructor): Environment {
  const globals = globalThis as unknown as BrowserGlobals;
  const Socket = WebSocket ?? globals.WebSocket;
  if (!Socket) throw new Error('No global WebSocket. Pass one in options.WebSocket.');
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    startTimer(ms, callback) {
      const timeout = setTimeout(callback, ms);
      return () => clearTimeout(timeout);
    },
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    openSocket: (url, protocols) => new Socket(url, protocols),
    onOnline(callback) {
      globals.addEventListener?.('online', callback);
      return () => globals.removeEventListener?.('online', callback);
    },
  };
}
