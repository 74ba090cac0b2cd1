import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';

/** The maximum duration of a handshake. */
const HANDSHAKE_TIMEOUT_MS = 30_000;

/** Defines how the clients of a design join rooms and send messages. */
export interface Dialect {
  /** Whether the sender receives an acknowledgement. */
  readonly acknowledges: boolean;
  /** Opens the first connection of a room. */
  createRoom(index: number): Promise<Room>;
  /** Opens another connection. */
  join(room: string): Promise<WebSocket>;
  /** Called when all connections are open. */
  prepare?(): Promise<void>;
  send(sender: WebSocket, room: string, id: number, text: string): void;
}

export interface Room {
  readonly name: string;
  readonly first: WebSocket;
}

const DIALECTS = {
  /** The protocol `roomcast.v1`. */
  roomcast: (url: string): Dialect => {
    const open = (query: string) => openSocket(`${url}${query}`, ['roomcast.v1']);
    return {
      acknowledges: true,
      async createRoom() {
        const first = await open('');
        first.send(JSON.stringify({ action: 'createRoom', id: 'create' }));
        return { name: await readRoom(first), first };
      },
      join: (room) => open(`?room=${room}`),
      send(sender, room, id, text) {
        const frame = { action: 'sendmessage', id: String(id), room, text, clientMsgId: randomUUID() };
        sender.send(JSON.stringify(frame));
      },
    };
  },
  /** The frames of the reference designs. Clients can join a room without creating it first. */
  reference: (url: string): Dialect => {
    const join = (room: string) => openSocket(`${url}?room=${room}`);
    return {
      acknowledges: false,
      async createRoom(index) {
        const name = `room-${index}`;
        return { name, first: await join(name) };
      },
      join,
      send: (sender, room, _, data) => sender.send(JSON.stringify({ action: 'sendmessage', room, data })),
    };
  },
  /** Sends messages over HTTP. Every connection receives each message. */
  posts: (url: string, postUrl = ''): Dialect => ({
    acknowledges: false,
    createRoom: async () => ({ name: 'all', first: await openSocket(url) }),
    join: () => openSocket(url),
    async prepare() {
      await fetch(`${postUrl}/connections`, { method: 'POST' });
    },
    send(_sender, _room, _id, body) {
      // The wait for receipts times out if the request fails.
      fetch(postUrl, { method: 'POST', body }).catch(() => undefined);
    },
  }),
};

export type DialectName = keyof typeof DIALECTS;

/** @param urls the URL of the server and, for the `posts` dialect, the URL for sending messages */
export function createDialect(name: DialectName, urls: readonly string[]): Dialect {
  const [server = '', postUrl] = urls;
  return DIALECTS[name](`${server.replace('http', 'ws')}/production`, postUrl);
}

async function openSocket(url: string, protocols: string[] = []): Promise<WebSocket> {
  const options = { perMessageDeflate: false, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
  const socket = new WebSocket(url, protocols, options);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/** Waits for the reply to `createRoom` and returns the room number. */
function readRoom(socket: WebSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.on('message', function listen(data) {
      const { id, room } = JSON.parse(String(data));
      if (id !== 'create') return;
      socket.off('message', listen);
      if (room === undefined) reject(new Error(`The room was not created: ${data}`));
      else resolve(room);
    });
  });
}
