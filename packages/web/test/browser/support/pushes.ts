import type { Page, WebSocketRoute } from 'playwright-core';

interface HistoryRequest {
  id: string;
  after?: number;
  before?: number;
  limit: number;
}

/**
 * Sends messages to a page as if they were from another user of its room. The server does not store these messages, so this
 * class replies to the page's `history` requests.
 */
export class Pushes {
  private socket?: WebSocketRoute;
  private room = '';
  private epoch = '';
  private readonly log: { seq: number }[] = [];

  /** Applies to the connections that the page opens after its next navigation. */
  static async install(page: Page): Promise<Pushes> {
    const pushes = new Pushes();
    await page.routeWebSocket(/./, (socket) => pushes.connect(socket));
    return pushes;
  }

  /**
   * Sends a message, and returns its time. If `store` added messages before it, the page requests them after half a second.
   */
  send(text: string): string {
    const { room, epoch } = this;
    const entry = this.store(text);
    this.socket?.send(JSON.stringify({ type: 'message', room, epoch, ...entry }));
    return entry.ts;
  }

  /** Adds a message to the history without sending it. The page requests it after the next call of `send`. */
  store(text: string): { seq: number; ts: string } {
    const seq = this.log.length + 1;
    const from = { userId: 'g-another-user', username: 'Eve' };
    const ts = new Date(1_800_000_000_000 + seq * 1000).toISOString();
    const entry = { seq, kind: 'message', messageId: `m${seq}`, from, text, ts };
    this.log.push(entry);
    return entry;
  }

  private connect(socket: WebSocketRoute): void {
    const server = socket.connectToServer();
    this.socket = socket;
    server.onMessage((text) => {
      const frame = JSON.parse(String(text));
      if (frame.type === 'created') Object.assign(this, { room: frame.room, epoch: frame.epoch });
      // Otherwise the client would detect that the server has fewer messages.
      if (frame.type === 'pong' && this.room in frame.rooms) frame.rooms[this.room] = this.log.length;
      socket.send(JSON.stringify(frame));
    });
    socket.onMessage((text) => {
      const frame = JSON.parse(String(text));
      if (frame.action === 'history') socket.send(JSON.stringify(this.readPage(frame)));
      else server.send(text);
    });
  }

  private readPage({ id, after, before = Number.POSITIVE_INFINITY, limit }: HistoryRequest) {
    const found = this.log.filter(({ seq }) => seq > (after ?? 0) && seq < before);
    const messages = after === undefined ? found.slice(-limit) : found.slice(0, limit);
    const { room, epoch } = this;
    return { type: 'history', id, room, epoch, messages, more: messages.length < found.length };
  }
}
