import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply } from '../../chat/protocol/replies';
import { describeAtLength } from '../../testbed/at-length';
import { ChatConnection, createGuestSecret } from '../../testbed/chat-clients';
import { type Stack, startStack } from '../../testbed/stack';

const CONNECTIONS = 50;
/** Each connection sends one message per second. */
const SECONDS = Number(process.env.CONTENTION_SECONDS ?? 3);
const OPEN_CONCURRENCY = 10;
/** Longer than a reply takes, even if the append loses many races. */
const REPLY_MS = 30_000;

describeAtLength('fifty messages per second from fifty connections in one room', () => {
  let stack: Stack;
  let room: string;
  const connections: ChatConnection[] = [];

  beforeAll(async () => {
    stack = await startStack(['--parameter-overrides', 'Tracing=PassThrough'], {
      settings: { NoticeThreshold: 0 },
    });
    const host = await ChatConnection.open(stack.wsUrl);
    room = (await host.request('createRoom')).room;
    const open = () => ChatConnection.open(stack.wsUrl, createGuestSecret(), undefined, { room });
    while (connections.length < CONNECTIONS) {
      connections.push(...(await Promise.all(Array.from({ length: OPEN_CONCURRENCY }, open))));
    }
    // Similar to the latency of DynamoDB, with a long tail.
    const latency = { kind: 'latency', medianMs: 4, sigma: 0.6 } as const;
    for (const action of ['BatchGetItem', 'PutItem', 'UpdateItem'])
      await stack.addFault({ service: 'dynamodb', action, ...latency });
  });
  afterAll(() => stack.kill());

  it(
    'acknowledges every message without room-busy and without gaps in the log',
    async () => {
      const before = await stack.calls();
      const startedAt = performance.now();
      const replies = (await Promise.all(connections.map(sendEverySecond))).flat();
      const seconds = (performance.now() - startedAt) / 1000;
      const after = await stack.calls();
      // Each attempt writes the claim and the entry.
      const writes = (after['dynamodb.PutItem'] ?? 0) - (before['dynamodb.PutItem'] ?? 0);
      const attempts = writes / 2 / replies.length;
      expect(attempts).toBeGreaterThan(1);
      process.stdout.write(
        `${replies.length} messages: acknowledged in ${seconds.toFixed(1)} s, ${attempts.toFixed(1)} attempts each\n`,
      );
      expect(replies.filter(({ type }) => type !== 'ack')).toEqual([]);
      const seqs = replies.map(({ seq }) => seq).sort((a, b) => a - b);
      expect(seqs).toEqual(Array.from({ length: CONNECTIONS * SECONDS }, (_, index) => index + 1));
      const stored = (await stack.scan('ChatTable')).filter(({ kind }) => kind === 'message');
      const byId = new Map(stored.map(({ messageId, seq }) => [messageId, seq]));
      expect(replies.map(({ messageId }) => byId.get(messageId))).toEqual(replies.map(({ seq }) => seq));
      expect(byId.size).toBe(replies.length);
    },
    300_000 + SECONDS * 6000,
  );

  /** Sends a message and retries it if the reply is lost, because strict mode can throttle both attempts to post the reply. */
  async function sendUntilAcknowledged(
    connection: ChatConnection,
    message: { room: string; text: string; clientMsgId: string },
  ): Promise<Reply<'ack'>> {
    for (;;) {
      const timeout = sleep(REPLY_MS, undefined, { ref: false });
      const reply = await Promise.race([connection.request('sendmessage', message), timeout]);
      if (reply) return reply;
    }
  }

  /** Sends one message per second without waiting for the previous reply. */
  async function sendEverySecond(connection: ChatConnection, index: number): Promise<Reply<'ack'>[]> {
    const startedAt = performance.now() + (index * 1000) / CONNECTIONS;
    const sends = Array.from({ length: SECONDS }, async (_, second) => {
      await sleep(Math.max(0, startedAt + second * 1000 - performance.now()));
      return sendUntilAcknowledged(connection, {
        room,
        text: `${index}.${second}`,
        clientMsgId: randomUUID(),
      });
    });
    return Promise.all(sends);
  }
});
