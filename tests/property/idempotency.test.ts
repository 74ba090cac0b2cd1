import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { ChatConnection, createGuestSecret } from '../support/chat-clients';
import { type Stack, startStack } from '../support/stack';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const INTERLEAVINGS = 5;
const CONNECTIONS = 3;

/** Twenty sends of one message: over which of the user's connections, and when. */
const sends = fc.array(
  fc.record({
    over: fc.nat({ max: CONNECTIONS - 1 }),
    after: fc.oneof(fc.constant(0), fc.nat({ max: 150 })),
  }),
  { minLength: 20, maxLength: 20 },
);

describe('a message that is sent twenty times with one clientMsgId', () => {
  let stack: Stack;
  let host: ChatConnection;

  beforeAll(async () => {
    stack = await startStack(['--parameter-overrides', 'NoticeThreshold=0', 'Tracing=PassThrough']);
    host = await ChatConnection.open(stack.wsUrl);
  });
  afterAll(() => stack.stop());

  const interleavings = fc.sample(sends, { seed: SEED, numRuns: INTERLEAVINGS });
  it.each(interleavings.map((sent, index) => ({ sent, index })))(
    `is stored once, and every send gets the same acknowledgement (SEED=${SEED}, $index)`,
    async ({ sent }) => {
      const { room } = await host.request('createRoom');
      const secret = createGuestSecret();
      const join = async () => {
        const line = await ChatConnection.open(stack.wsUrl, secret);
        await line.request('joinRoom', { room });
        return line;
      };
      const lines = await Promise.all(Array.from({ length: CONNECTIONS }, join));
      const frame = { room, text: 'once', clientMsgId: randomUUID() };

      const replies = await Promise.all(
        sent.map(async ({ over, after }) => {
          await sleep(after);
          return lines[over]?.request('sendmessage', frame);
        }),
      );
      for (const line of lines) line.drop();
      const returned = await join();
      const late = await returned.request('sendmessage', frame);
      returned.drop();

      const first = replies.find(({ duplicate }) => duplicate === false);
      expect(first).toMatchObject({ type: 'ack', seq: 1, clientMsgId: frame.clientMsgId });
      const others = [...replies.filter((reply) => reply !== first), late];
      expect(others).toEqual(others.map(() => ({ ...first, duplicate: true })));
      const items = await stack.scan('ChatTable');
      const stored = items.filter((item) => item.kind === 'message' && item.room === room);
      expect(stored).toMatchObject([{ seq: 1, messageId: first.messageId, text: 'once' }]);
      expect(items.find(({ pk, sk }) => pk === `room#${room}` && sk === 'room')).toMatchObject({ seq: 1 });
    },
  );
});
