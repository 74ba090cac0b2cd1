import { setTimeout as sleep } from 'node:timers/promises';
import { createClientPool, randomRoomNumber, sendMessage, sendRequest } from '../support/conversation';
import { itLocally, type StackUnderTest, stackUnderTest } from '../support/stack';

const v1 = { protocols: ['roomcast.v1'] };
const UNKNOWN = { type: 'error', problem: { type: 'urn:roomcast:unknown-room', status: 404 } };
/** A minute and connection: unlike the default, to be seen to count. */
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

describe('what one connection may do at once', () => {
  let stack: StackUnderTest;
  const { open, closeAll } = createClientPool(() => stack.wsUrl);

  beforeAll(async () => {
    // Messages sent at once wait for one another: on a slow machine long enough that ten a second would never do.
    // The others are lowest where they are, to be reached at all, and unlike their defaults, to be seen to count.
    const limits = ['MessageRate=1', 'LobbyRate=1', 'LobbyBurst=4', `FailedJoinsPerMinute=${FAILED_JOINS}`];
    stack = await stackUnderTest(['--parameter-overrides', ...limits]);
  });
  afterEach(closeAll);
  afterAll(() => stack.stop());

  it('is limited in messages: too many are refused, and after the pause it is told of it may go on', async () => {
    const ada = await open(v1);
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    const replies: Awaited<ReturnType<typeof sendMessage>>[] = [];
    // A stack whose rate is higher may take one wave as slowly as it refills; it will not take five.
    for (let wave = 0; wave < 5 && replies.every(({ type }) => type === 'ack'); wave += 1) {
      const texts = Array.from({ length: 25 }, (_, index) => `${wave}: ${index}`);
      replies.push(...(await Promise.all(texts.map((text) => sendMessage(ada, room, text)))));
    }
    const acks = replies.filter(({ type }) => type === 'ack');
    const refusals = replies.filter(({ type }) => type !== 'ack');
    expect(acks.length).toBeGreaterThanOrEqual(20);
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals).toEqual(refusals.map(() => LIMITED));

    let reply = refusals.at(-1);
    // Told while others were still in flight, the pause may have grown by theirs: once more is enough then.
    for (let time = 0; time < 2 && reply.type === 'error'; time += 1) {
      expect(reply).toEqual(LIMITED);
      await sleep(reply.problem.retryAfterMs);
      reply = await sendMessage(ada, room, 'after the pause');
    }
    // What was refused took no place in the room's order.
    expect(reply).toMatchObject({ type: 'ack', seq: acks.length + 1 });
  });

  itLocally(
    'is limited in the lobby by what all say there together, and nowhere else by that',
    'low limit of the lobby (LobbyRate=1, LobbyBurst=4)',
    async () => {
      const ada = await open({ ...v1, query: { room: 'lobby' } });
      const bob = await open({ ...v1, query: { room: 'lobby' } });
      const { room } = await sendRequest(ada, { action: 'createRoom' });
      const replies: Awaited<ReturnType<typeof sendMessage>>[] = [];
      // Three waves of five are less than one connection's own burst: whoever is refused is so by the lobby.
      for (let wave = 0; wave < 3 && replies.every(({ type }) => type === 'ack'); wave += 1) {
        const speakers = Array.from({ length: 5 }, () => [ada, bob]).flat();
        replies.push(
          ...(await Promise.all(speakers.map((speaker) => sendMessage(speaker, 'lobby', 'hello')))),
        );
      }
      const refusals = replies.filter(({ type }) => type !== 'ack');
      expect(replies.length - refusals.length).toBeGreaterThanOrEqual(4);
      expect(refusals.length).toBeGreaterThan(0);
      expect(refusals).toEqual(refusals.map(() => LIMITED));
      expect(await sendMessage(ada, room, 'just us')).toMatchObject({ type: 'ack', seq: 1 });

      let reply = refusals.at(-1);
      for (let time = 0; time < 2 && reply.type === 'error'; time += 1) {
        await sleep(reply.problem.retryAfterMs);
        reply = await sendMessage(bob, 'lobby', 'after the pause');
      }
      expect(reply).toMatchObject({ type: 'ack', seq: replies.length - refusals.length + 1 });
    },
  );

  it('is limited in failed joins to some a minute, since numbers can be guessed at', async () => {
    const [ada, guesser] = [await open(v1), await open(v1)];
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    const guess = (number: string) => sendRequest(guesser, { action: 'joinRoom', room: number });
    const limit = Number(stack.parameters.FailedJoinsPerMinute ?? DEFAULT_FAILED_JOINS);
    for (let time = 0; time < limit; time += 1)
      expect(await guess(randomRoomNumber())).toMatchObject(UNKNOWN);
    const refused = await guess(randomRoomNumber());
    expect(refused).toEqual(LIMITED);
    expect(refused.problem.retryAfterMs).toBeGreaterThan(0);
    expect(refused.problem.retryAfterMs).toBeLessThanOrEqual(60_000 / limit);

    // The right number is answered like a wrong one: a limit that let it through would limit nothing.
    expect(await guess(room)).toEqual(LIMITED);
    expect(await sendRequest(ada, { action: 'members', room })).toMatchObject({ memberCount: 1 });
    // It is about guessing: the lobby needs none, and others are not limited by it.
    expect(await guess('lobby')).toMatchObject({ type: 'joined', room: 'lobby' });
    expect(await sendRequest(ada, { action: 'joinRoom', room })).toMatchObject({ type: 'joined' });
  });

  it('is not limited in joins that do not fail', async () => {
    const [ada, bob] = [await open(v1), await open(v1)];
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    for (let time = 0; time < 7; time += 1) {
      expect(await sendRequest(bob, { action: 'joinRoom', room })).toMatchObject({ type: 'joined' });
    }
  });
});
