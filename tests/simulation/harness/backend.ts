import type { Account, HttpReply } from './account';
import type { History } from './history';
import type { Sources } from './realm';

/** The name of the backend in the history. */
const NAME = 'backend';
const MAX_ATTEMPTS = 6;
const RETRY_MS = 2000;

/** The team's backend. It broadcasts texts and calls the server API. */
export class Backend {
  private requests = 0;

  constructor(
    private readonly account: Pick<Account, 'requestHttp' | 'secret'>,
    private readonly sources: Sources,
    private readonly history: History,
  ) {}

  /** Broadcasts a text to all connections. A broadcast has no idempotency key, so a failed one is not repeated. */
  async broadcast(text: string): Promise<void> {
    const { statusCode, body } = await this.account.requestHttp('POST /broadcastmessage', {
      headers: { authorization: `Bearer ${this.account.secret}` },
      body: { message: text },
    });
    if (statusCode === 202) this.history.add({ type: 'broadcast', messageId: String(body.messageId) });
  }

  /** Sends a message to a room. Repeats failed requests with the same idempotency key, as docs/server-api.md recommends. */
  async send(room: string, text: string): Promise<void> {
    this.requests += 1;
    const id = `request-${this.requests}`;
    const about = { client: NAME, room };
    this.history.add({ type: 'send', ...about, id, text });
    const { statusCode, body } = await this.repeat('POST /v1/rooms/{room}/messages', {
      pathParameters: { room },
      headers: { 'idempotency-key': id },
      body: { text },
    });
    if (statusCode === 200)
      this.history.add({
        ...{ type: 'ack', ...about, id },
        ...{ seq: Number(body.seq), messageId: String(body.messageId) },
      });
    else this.history.add({ type: 'refused', ...about, action: 'send', problem: String(body.type) });
  }

  private async repeat(...request: Parameters<Account['requestHttp']>): Promise<HttpReply> {
    const { time, random } = this.sources;
    for (let attempt = 1; ; attempt++) {
      const reply = await this.account.requestHttp(...request);
      const isTemporary = reply.statusCode >= 500 || reply.statusCode === 429;
      if (!isTemporary || attempt === MAX_ATTEMPTS) return reply;
      await time.sleep(RETRY_MS * 2 ** attempt * random());
    }
  }
}
