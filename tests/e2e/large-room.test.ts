import { randomUUID } from 'node:crypto';
import type { Settings } from '../../scripts/settings';
import { type Client, eventually } from '../../testbed/client';
import type { Stack } from '../../testbed/stack';
import { createClientPool, sendRequest, sendUntilReceived } from '../support/conversation';
import { describeLocallyAtLength, itLocally, type StackUnderTest, stackUnderTest } from '../support/stack';

const CONCURRENT_HANDSHAKES = 50;
/** The number of members on a deployed stack, which has a smaller PageLimit. */
const DEPLOYED_MEMBERS = 50;

/** Uses real connections in rooms with more members than one page of the fan-out's Query. */
describe('a large room', () => {
  const smallPages = { PageLimit: 100, BatchSize: 40, NoticeThreshold: 0 };
  describe('with pages of 100', testRoom(process.env.WS_URL ? DEPLOYED_MEMBERS : 120, [], smallPages));
  // All guests share one IP address. Each handshake charges 20 units, so about 1,000 quick handshakes use up the default budget
  // of the address.
  const manyGuests = ['--parameter-overrides', 'Limits=loadTest'];
  const missing = 'time for 2,500 handshakes';
  describeLocallyAtLength('with 2500 members and the default batches', missing, testRoom(2500, manyGuests));
  describeLocallyAtLength(
    'with 2500 members and one post per iteration',
    missing,
    testRoom(2500, manyGuests, { BatchSize: 1 }),
  );
});

function testRoom(count: number, args: string[], settings?: Settings) {
  return () => {
    let stack: StackUnderTest;
    let members: Client[];
    const { open } = createClientPool(() => stack.wsUrl);

    beforeAll(async () => {
      stack = await stackUnderTest(args, settings);
      members = await openMembers(open, count);
      // Plain connections miss messages until the index that the fan-out queries lists them.
      await sendUntilReceived(members[0] as Client, members, randomUUID);
      await eventually(async () => !stack.local || (await stack.local.underWay()) === 0);
    }, 180_000);
    afterAll(async () => {
      // Avoids `$disconnect` invocations for thousands of connections.
      await stack.local?.kill();
      for (const { socket } of members) socket.terminate();
      if (!stack.local) await stack.stop();
    });

    it('delivers a message to every member', async () => {
      await sendAndWait(members, 'hello, everyone!');
    }, 120_000);

    itLocally(
      'reads the members in at least two pages and posts once to each',
      'count of service calls',
      async () => {
        const local = stack.local as Stack;
        const counts = async () => {
          await eventually(async () => (await local.underWay()) === 0);
          return { ...(await local.calls()), ...(await local.occurrences()) };
        };
        const before: Record<string, number> = await counts();
        await sendAndWait(members, 'hello again!');
        const after: Record<string, number> = await counts();
        const countOf = (name: string) => (after[name] ?? 0) - (before[name] ?? 0);
        expect(countOf('dynamodb.Query')).toBeGreaterThanOrEqual(2);
        // Plain senders get no ack. Throttled posts are retried, and the event may be delivered twice. A throttled post is
        // followed by a GetConnection call, which can also be throttled.
        const expected = count * (1 + countOf('events.DuplicateDelivery'));
        const posts = countOf('execute-api.PostToConnection') - countOf('execute-api.Throttle');
        expect(posts).toBeLessThanOrEqual(expected);
        expect(posts + countOf('execute-api.GetConnection')).toBeGreaterThanOrEqual(expected);
        const statuses = (await local.executions()).map(({ status }) => status);
        expect(new Set(statuses)).toEqual(new Set(['SUCCEEDED']));
      },
      120_000,
    );
  };
}

/**
 * Sends a message and waits until every member receives it. Expects no other frames, except that a deployed stack may deliver
 * the message twice.
 */
async function sendAndWait(members: Client[], text: string): Promise<void> {
  const before = members.map(({ frames }) => frames.length);
  const received = () => members.map(({ frames }, index) => frames.slice(before[index]));
  members[0]?.send({ action: 'sendmessage', message: text });
  await eventually(async () => received().every(({ length }) => length > 0), 60_000);
  expect(received().filter((frames) => frames.some((frame) => frame !== text))).toEqual([]);
}

/** Opens `count` plain connections in a new room. */
async function openMembers(
  open: ReturnType<typeof createClientPool>['open'],
  count: number,
): Promise<Client[]> {
  const first = await open();
  const { room } = await sendRequest(first, { action: 'createRoom' });
  const clients = [first];
  const openRemaining = async () => {
    while (clients.length < count) {
      const index = clients.length;
      clients.push(first);
      clients[index] = await open({ query: { room } });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_HANDSHAKES }, openRemaining));
  return clients;
}
