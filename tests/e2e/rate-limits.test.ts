import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_CLOCK_DIFFERENCE_MS } from '../support/clocks';
import { createClientPool, randomRoomNumber, sendMessage, sendRequest } from '../support/conversation';
import { itLocally, type StackUnderTest, stackUnderTest, waitForIndex } from '../support/stack';

const v1 = { protocols: ['roomcast.v1'] };
const UNKNOWN = { type: 'error', problem: { type: 'urn:roomcast:unknown-room', status: 404 } };
/**
 * Failed joins per minute and connection. The value differs from the default, so that the test fails if the setting is ignored.
 */
const FAILED_JOINS = 4;
const DEFAULT_FAILED_JOINS = 5;
const LIMITED = {
  type: 'error',
  problem: {
    type: 'urn:roomcast:rate-limited',
    title: expect.any(String),
    status: 429,
    detail: expect.any(String),
    temporary: true,
    retryAfterMs: expect.any(Number),
  },
};

/** Returns the rejections, except those of messages that lost too many races on a slow machine. */
const listRejections = (replies: Awaited<ReturnType<typeof sendMessage>>[]) =>
  replies.filter(({ type, problem }) => type !== 'ack' && problem?.type !== 'urn:roomcast:room-busy');

describe('rate limits', () => {
  let stack: StackUnderTest;
  const { open, closeAll } = createClientPool(
    () => stack.wsUrl,
    () => waitForIndex(stack),
  );

  beforeAll(async () => {
    // The limits are low enough to be reached on a slow machine, where concurrent messages wait for each other. They differ
    // from the defaults, so that the tests fail if the settings are ignored.
    const limits = { MessageRate: 1, LobbyRate: 1, LobbyBurst: 2, FailedJoinsPerMinute: FAILED_JOINS };
    stack = await stackUnderTest([], limits);
  });
  afterEach(closeAll);
  afterAll(() => stack.stop());

  it('rejects messages over the limit, and accepts more after retryAfterMs', async () => {
    const ada = await open(v1);
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    const replies: Awaited<ReturnType<typeof sendMessage>>[] = [];
    // On a slow machine, the budget can refill during one wave, but not during five waves.
    for (let wave = 0; wave < 5 && listRejections(replies).length === 0; wave += 1) {
      const texts = Array.from({ length: 25 }, (_, index) => `${wave}: ${index}`);
      replies.push(...(await Promise.all(texts.map((text) => sendMessage(ada, room, text)))));
    }
    const acks = replies.filter(({ type }) => type === 'ack');
    const rejections = listRejections(replies);
    expect(acks.length).toBeGreaterThanOrEqual(20);
    expect(rejections.length).toBeGreaterThan(0);
    expect(rejections).toEqual(rejections.map(() => LIMITED));

    let reply = rejections.at(-1);
    // Messages that were in flight can extend the delay, so a second retry may be necessary.
    for (let time = 0; time < 2 && reply.type === 'error'; time += 1) {
      expect(reply).toEqual(LIMITED);
      await sleep(reply.problem.retryAfterMs);
      reply = await sendMessage(ada, room, 'after the pause');
    }
    // Rejected messages have no sequence number.
    expect(reply).toMatchObject({ type: 'ack', seq: acks.length + 1 });
  });

  itLocally(
    'shares one limit among all connections in the lobby, but not in other rooms',
    'low lobby limit (LobbyRate=1, LobbyBurst=2)',
    async () => {
      const ada = await open({ ...v1, query: { room: 'lobby' } });
      const bob = await open({ ...v1, query: { room: 'lobby' } });
      const { room } = await sendRequest(ada, { action: 'createRoom' });
      const replies: Awaited<ReturnType<typeof sendMessage>>[] = [];
      // Five waves of three are below the burst of one connection, so only the lobby's limit can reject them.
      for (let wave = 0; wave < 5 && listRejections(replies).length === 0; wave += 1) {
        const senders = Array.from({ length: 3 }, () => [ada, bob]).flat();
        replies.push(...(await Promise.all(senders.map((sender) => sendMessage(sender, 'lobby', 'hello')))));
      }
      const acks = replies.filter(({ type }) => type === 'ack');
      const rejections = listRejections(replies);
      // The SDK retries a charge if the reply is lost, so one message can use up the burst of two.
      expect(acks.length).toBeGreaterThanOrEqual(1);
      expect(rejections.length).toBeGreaterThan(0);
      expect(rejections).toEqual(rejections.map(() => LIMITED));
      expect(await sendMessage(ada, room, 'just us')).toMatchObject({ type: 'ack', seq: 1 });

      let reply = rejections.at(-1);
      for (let time = 0; time < 2 && reply.type === 'error'; time += 1) {
        await sleep(reply.problem.retryAfterMs);
        reply = await sendMessage(bob, 'lobby', 'after the pause');
      }
      expect(reply).toMatchObject({ type: 'ack', seq: acks.length + 1 });
    },
  );

  it('rejects joins after too many failed joins', async () => {
    const [ada, bob] = [await open(v1), await open(v1)];
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    const join = (number: string) => sendRequest(bob, { action: 'joinRoom', room: number });
    const limit = stack.local ? FAILED_JOINS : DEFAULT_FAILED_JOINS;
    for (let time = 0; time < limit; time += 1) expect(await join(randomRoomNumber())).toMatchObject(UNKNOWN);
    const rejected = await join(randomRoomNumber());
    expect(rejected).toEqual(LIMITED);
    expect(rejected.problem.retryAfterMs).toBeGreaterThan(0);
    expect(rejected.problem.retryAfterMs).toBeLessThanOrEqual(60_000 / limit + MAX_CLOCK_DIFFERENCE_MS);

    // The limit also applies to valid room numbers. Otherwise, an attacker could continue to guess.
    expect(await join(room)).toEqual(LIMITED);
    expect(await sendRequest(ada, { action: 'members', room })).toMatchObject({ memberCount: 1 });
    // The lobby and other users are not affected.
    expect(await join('lobby')).toMatchObject({ type: 'joined', room: 'lobby' });
    expect(await sendRequest(ada, { action: 'joinRoom', room })).toMatchObject({ type: 'joined' });
  });

  it('does not limit successful joins', async () => {
    const [ada, bob] = [await open(v1), await open(v1)];
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    for (let time = 0; time < 7; time += 1) {
      expect(await sendRequest(bob, { action: 'joinRoom', room })).toMatchObject({ type: 'joined' });
    }
  });
});
