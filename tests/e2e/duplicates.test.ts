import { Receiver } from '../../testbed/chat-clients';
import { type Client, eventually } from '../../testbed/client';
import { readMetrics } from '../support/alarms';
import {
  createClientPool,
  jsonFrames,
  sendMessage,
  sendRequest,
  waitForMembers,
} from '../support/conversation';
import { describeLocallyAtLength, type StackUnderTest, stackUnderTest, waitForIndex } from '../support/stack';
import { makeStale } from '../support/stale-connection';

const v1 = { protocols: ['roomcast.v1'] };
const MESSAGES = 3;

/** Returns the frames of a type, including repeated pushes. */
const allFrames = (client: Client, type: string) =>
  client.frames.map((frame) => JSON.parse(frame)).filter((frame) => frame.type === type);

/**
 * These tests are slow, because they start a separate runtime. The other end-to-end tests run with random duplicate deliveries.
 */
describeLocallyAtLength(
  'events that EventBridge delivers twice',
  'fault that duplicates every delivery',
  () => {
    let stack: StackUnderTest;
    const { open, closeAll } = createClientPool(
      () => stack.wsUrl,
      () => waitForIndex(stack),
    );

    beforeAll(async () => {
      stack = await stackUnderTest([], { MessageBurst: 100 });
      await stack.local?.addFault({ service: 'events', kind: 'duplicate' });
    });
    afterEach(closeAll);
    afterAll(() => stack.stop());

    const countDuplicates = async () => (await stack.local?.occurrences())?.['events.DuplicateDelivery'] ?? 0;

    it('pushes a message twice, and the client applies it once', async () => {
      const before = await countDuplicates();
      const ada = await open(v1);
      const { room } = await sendRequest(ada, { action: 'createRoom' });
      const receiver = new Receiver(stack.wsUrl, room);
      await receiver.join();
      await waitForMembers(ada, room, 2);
      for (let index = 1; index <= MESSAGES; index += 1) await sendMessage(ada, room, `${index}`);

      await eventually(async () => allFrames(ada, 'message').length === 2 * MESSAGES);
      expect(
        allFrames(ada, 'message')
          .map(({ seq }) => seq)
          .sort(),
      ).toEqual([1, 1, 2, 2, 3, 3]);
      await receiver.catchUp();
      const applied = receiver.segments.flatMap(({ entries }) => entries.map(({ seq }) => seq));
      expect(applied).toEqual([1, 2, 3]);
      expect(await countDuplicates()).toBeGreaterThanOrEqual(before + MESSAGES);
      receiver.drop();
    });

    it('removes a stale connection from its room only once', async () => {
      const ada = await open(v1);
      const { room } = await sendRequest(ada, { action: 'createRoom' });
      const bob = await open(v1);
      const { you } = await sendRequest(bob, { action: 'joinRoom', room });
      const carol = await open(v1);
      await sendRequest(carol, { action: 'joinRoom', room });
      await waitForMembers(ada, room, 3);
      const rows = await stack.scan('ConnectionsTable');
      const row = rows.find((item) => item.room === room && item.userId === you.userId);
      await makeStale(stack, bob, String(row?.connectionId), room);
      await sendMessage(ada, room, 'hello');

      const countCleanUps = async () => {
        const closed = (await readMetrics(stack.httpUrl)).filter(({ name }) => name === 'ConnectionsClosed');
        return closed.find(({ dimensions }) => dimensions.reason === 'gone')?.sum ?? 0;
      };
      await eventually(async () => (await countCleanUps()) >= 2);
      await eventually(async () => allFrames(ada, 'memberLeft').length === 2);
      // jsonFrames removes repeated pushes. Two separate events would have different times.
      expect(jsonFrames(ada, 'memberLeft')).toMatchObject([
        { memberCount: 2, member: { userId: you.userId } },
      ]);
      expect(await sendRequest(ada, { action: 'members', room })).toMatchObject({ memberCount: 2 });
    });
  },
);
