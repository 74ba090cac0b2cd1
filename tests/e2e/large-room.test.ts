import { Client, eventually } from '../support/client';
import { describeAtLength, describeLocally, type Stack, startStack } from '../support/stack';

const CONNECTING_AT_ONCE = 50;

/** More members than a page of the fan-out's Query holds, on real sockets. */
describeLocally('a large room', 'count of its calls, and may be throttled', () => {
  const smallPages = ['--parameter-overrides', 'PageLimit=100', 'BatchSize=40'];
  describe('of 250, with pages of 100', hearsOnce(250, smallPages));
  // Connecting 2,500 is what takes long.
  describeAtLength('of 2500, with the default batches', hearsOnce(2500, []));
  const onePost = ['--parameter-overrides', 'BatchSize=1'];
  describeAtLength('of 2500, with one post per iteration', hearsOnce(2500, onePost));
});

function hearsOnce(count: number, args: string[]) {
  return () => {
    let stack: Stack;
    let members: Client[];

    beforeAll(async () => {
      stack = await startStack(args);
      members = await openMany(stack.wsUrl, count);
    }, 180_000);
    afterAll(async () => {
      await stack.kill();
      for (const { socket } of members) socket.terminate();
    });

    it('hears one message, each member exactly once, over at least two pages', async () => {
      const queries = (await stack.calls())['dynamodb.Query'] ?? 0;
      const text = 'hello, everyone!';
      members[0]?.send({ action: 'sendmessage', message: text });
      await eventually(async () => members.every(({ frames }) => frames.length > 0), 60_000);
      await eventually(async () => (await stack.executions()).length === 1);

      const heard = members.map(({ frames }) => frames);
      expect(heard.filter((frames) => frames.length !== 1 || frames[0] !== text)).toEqual([]);
      expect(((await stack.calls())['dynamodb.Query'] ?? 0) - queries).toBeGreaterThanOrEqual(2);
      expect(await stack.executions()).toMatchObject([{ status: 'SUCCEEDED' }]);
    }, 120_000);
  };
}

async function openMany(url: string, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  const lane = async () => {
    while (clients.length < count) {
      const index = clients.length;
      clients.push(undefined as unknown as Client);
      clients[index] = await Client.open(url);
    }
  };
  await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, lane));
  return clients;
}
