import type { Page, WebSocketRoute } from 'playwright-core';

/** Sends messages to a page as if they were from another user of its room. The server does not store them. */
export class Pushes {
  private socket?: WebSocketRoute;
  private room = '';
  private epoch = '';
  private seq = 0;

  /** Applies to the connections that the page opens after its next navigation. */
  static async install(page: Page): Promise<Pushes> {
    const pushes = new Pushes();
    await page.routeWebSocket(/./, (socket) => pushes.connect(socket));
    return pushes;
  }

  /**
   * Sends a message, and returns its time. The page must receive it within half a second: it would request a message that it
   * misses.
   */
  send(text: string): string {
    this.seq += 1;
    const { room, epoch, seq } = this;
    const from = { userId: 'g-another-user', username: 'Eve' };
    const ts = new Date(1_800_000_000_000 + seq * 1000).toISOString();
    const push = { type: 'message', room, epoch, seq, kind: 'message', messageId: `m${seq}`, from, text, ts };
    this.socket?.send(JSON.stringify(push));
    return ts;
  }

  private connect(socket: WebSocketRoute): void {
    const server = socket.connectToServer();
    this.socket = socket;
    server.onMessage((text) => {
      const frame = JSON.parse(String(text));
      if (frame.type === 'created')
        Object.assign(this, { room: frame.room, epoch: frame.epoch, seq: frame.headSeq });
      // Otherwise the client would detect that the server has fewer messages.
      if (frame.type === 'pong' && this.room in frame.rooms) frame.rooms[this.room] = this.seq;
      socket.send(JSON.stringify(frame));
    });
  }
}
