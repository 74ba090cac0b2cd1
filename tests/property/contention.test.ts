import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply } from '../../functions/chat/protocol/replies';
import { ChatConnection, createGuestSecret } from '../support/chat-clients';
import { type Stack, startStack } from '../support/stack';

const CONNECTIONS = 50;
/** Each connection sends one message a second: 50 a second into one room. */
const SECONDS = Number(process.env.CONTENTION_SECONDS ?? 3);
const OPENED_AT_ONCE = 10;

describe('fifty messages a second into one room, from fifty connections', () => {
  let stack: Stack;
  let room: string;
  const lines: ChatConnection[] = [];

  beforeAll(async () => {
    stack = await startStack(['--parameter-overrides', 'NoticeThreshold=0', 'Tracing=PassThrough']);
    const host = await ChatConnection.open(stack.wsUrl);
    room = (await host.request('createRoom')).room;
    const open = () => ChatConnection.open(stack.wsUrl, createGuestSecret(), undefined, { room });
    while (lines.length < CONNECTIONS) {
      lines.push(...(await Promise.all(Array.from({ length: OPENED_AT_ONCE }, open))));
    }
    // DynamoDB's latencies, of AWS's order and with its long tails; the runtime holds no lock while they last.
    const dynamodb = { service: 'dynamodb', kind: 'latency', sigma: 0.6 } as const;
    await stack.addFault({ ...dynamodb, action: 'BatchGetItem', medianMs: 4 });
    await stack.addFault({ ...dynamodb, action: 'TransactWriteItems', medianMs: 12 });
  });
  afterAll(() => stack.kill());

  it(
    'are all acknowledged, none is refused as room-busy, and the log has no gap',
    async () => {
      const before = await stack.calls();
      const begun = performance.now();
      const replies = (await Promise.all(lines.map(speak))).flat();
      const seconds = (performance.now() - begun) / 1000;
      const after = await stack.calls();

      const appends = 'dynamodb.TransactWriteItems';
      const tries = ((after[appends] ?? 0) - (before[appends] ?? 0)) / replies.length;
      process.stdout.write(
        `${replies.length} messages: answered after ${seconds.toFixed(1)} s, ${tries.toFixed(1)} tries each\n`,
      );
      expect(replies.filter(({ type }) => type !== 'ack')).toEqual([]);
      const seqs = replies.map(({ seq }) => seq).sort((a, b) => a - b);
      expect(seqs).toEqual(Array.from({ length: CONNECTIONS * SECONDS }, (_, index) => index + 1));
      const stored = (await stack.scan('ChatTable')).filter(({ kind }) => kind === 'message');
      const byId = new Map(stored.map(({ messageId, seq }) => [messageId, seq]));
      expect(replies.map(({ messageId }) => byId.get(messageId))).toEqual(replies.map(({ seq }) => seq));
      expect(byId.size).toBe(replies.length);
    },
    60_000 + SECONDS * 6000,
  );

  /** One message a second, each when it is due, whether or not the last was answered. */
  async function speak(line: ChatConnection, index: number): Promise<Reply<'ack'>[]> {
    const begun = performance.now() + (index * 1000) / CONNECTIONS;
    const sends = Array.from({ length: SECONDS }, async (_, second) => {
      await sleep(Math.max(0, begun + second * 1000 - performance.now()));
      return line.request('sendmessage', { room, text: `${index}.${second}`, clientMsgId: randomUUID() });
    });
    return Promise.all(sends);
  }
});
