import { type Client, eventually } from '../support/client';
import { createClientPool, sendRequest } from '../support/conversation';
import {
  describeAtLength,
  itLocally,
  type Stack,
  type StackUnderTest,
  stackUnderTest,
} from '../support/stack';

const CONNECTING_AT_ONCE = 50;
/** On a deployed stack, whose pages hold as many as it was deployed with (PageLimit). */
const ELSEWHERE = 50;

/** More members than a page of the fan-out's Query holds, on real sockets. */
describe('a large room', () => {
  const smallPages = ['--parameter-overrides', 'PageLimit=100', 'BatchSize=40', 'NoticeThreshold=0'];
  describe('with pages of 100', hearsOnce(process.env.WS_URL ? ELSEWHERE : 120, smallPages));
  // Connecting 2,500 is what takes long.
  describeAtLength('of 2500, with the default batches', hearsOnce(2500, []));
  const onePost = ['--parameter-overrides', 'BatchSize=1'];
  describeAtLength('of 2500, with one post per iteration', hearsOnce(2500, onePost));
});

function hearsOnce(count: number, args: string[]) {
  return () => {
    let stack: StackUnderTest;
    let members: Client[];
    const { open } = createClientPool(() => stack.wsUrl);

    beforeAll(async () => {
      stack = await stackUnderTest(args);
      members = await gather(open, count);
    }, 180_000);
    afterAll(async () => {
      // Thousands of connections need no `$disconnect` each.
      await stack.local?.kill();
      for (const { socket } of members) socket.terminate();
      if (!stack.local) await stack.stop();
    });

    it('hears one message, every member of it', async () => {
      await hear(members, 'hello, everyone!');
    }, 120_000);

    itLocally(
      'reads its members over at least two pages, and posts to each exactly once',
      'count of its calls',
      async () => {
        const local = stack.local as Stack;
        const calls = async () => {
          await eventually(async () => (await local.underWay()) === 0);
          return local.calls();
        };
        const before = await calls();
        await hear(members, 'hello again!');
        const after = await calls();
        const called = (name: string) => (after[name] ?? 0) - (before[name] ?? 0);
        expect(called('dynamodb.Query')).toBeGreaterThanOrEqual(2);
        // And to the sender nothing else: a plain one gets no ack.
        expect(called('execute-api.PostToConnection')).toBe(count);
        const statuses = (await local.executions()).map(({ status }) => status);
        expect(new Set(statuses)).toEqual(new Set(['SUCCEEDED']));
      },
      120_000,
    );
  };
}

/** Says it, and waits until everyone has heard it, and nobody anything else. Delivery may repeat it on a deployed stack. */
async function hear(members: Client[], text: string): Promise<void> {
  const before = members.map(({ frames }) => frames.length);
  const heard = () => members.map(({ frames }, index) => frames.slice(before[index]));
  members[0]?.send({ action: 'sendmessage', message: text });
  await eventually(async () => heard().every(({ length }) => length > 0), 60_000);
  expect(heard().filter((frames) => frames.some((frame) => frame !== text))).toEqual([]);
}

/** So many plain connections in a room of their own. */
async function gather(open: ReturnType<typeof createClientPool>['open'], count: number): Promise<Client[]> {
  const first = await open();
  const { room } = await sendRequest(first, { action: 'createRoom' });
  const clients = [first];
  const lane = async () => {
    while (clients.length < count) {
      const index = clients.length;
      clients.push(first);
      clients[index] = await open({ query: { room } });
    }
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, lane));
  return clients;
}
