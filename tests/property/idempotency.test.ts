import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describeAtLength } from '../support/at-length';
import { ChatConnection, createGuestSecret } from '../support/chat-clients';
import { type Stack, startStack } from '../support/stack';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const INTERLEAVINGS = 5;
const CONNECTIONS = 3;

/** Twenty sends of one message, each on one of the user's connections, by index, and after a delay. */
const sends = fc.array(
  fc.record({
    index: fc.nat({ max: CONNECTIONS - 1 }),
    delayMs: fc.oneof(fc.constant(0), fc.nat({ max: 150 })),
  }),
  { minLength: 20, maxLength: 20 },
);

describeAtLength('a message sent twenty times with one clientMsgId', () => {
  let stack: Stack;
  let host: ChatConnection;

  beforeAll(async () => {
    stack = await startStack(['--parameter-overrides', 'Tracing=PassThrough'], {
      settings: { NoticeThreshold: 0 },
    });
    host = await ChatConnection.open(stack.wsUrl);
  });
  afterAll(() => stack.stop());

  const interleavings = fc.sample(sends, { seed: SEED, numRuns: INTERLEAVINGS });
  it.each(interleavings.map((sent, index) => ({ sent, index })))(
    `is stored once and acknowledged identically each time (SEED=${SEED}, $index)`,
    async ({ sent }) => {
      const { room } = await host.request('createRoom');
      const secret = createGuestSecret();
      const join = async () => {
        const connection = await ChatConnection.open(stack.wsUrl, secret);
        await connection.request('joinRoom', { room });
        return connection;
      };
      const connections = await Promise.all(Array.from({ length: CONNECTIONS }, join));
      const frame = { room, text: 'once', clientMsgId: randomUUID() };

      const replies = await Promise.all(
        sent.map(async ({ index, delayMs }) => {
          await sleep(delayMs);
          return connections[index]?.request('sendmessage', frame);
        }),
      );
      for (const connection of connections) connection.drop();
      const reconnected = await join();
      const repeated = await reconnected.request('sendmessage', frame);
      reconnected.drop();

      const original = replies.find(({ duplicate }) => duplicate === false);
      expect(original).toMatchObject({ type: 'ack', seq: 1, clientMsgId: frame.clientMsgId });
      const others = [...replies.filter((reply) => reply !== original), repeated];
      expect(others).toEqual(others.map(() => ({ ...original, duplicate: true })));
      const items = await stack.scan('ChatTable');
      const log = items.filter(({ pk, sk }) => pk === `room#${room}` && String(sk).startsWith('entry#'));
      expect(log).toMatchObject([{ seq: 1, kind: 'message', messageId: original.messageId, text: 'once' }]);
    },
  );
});
