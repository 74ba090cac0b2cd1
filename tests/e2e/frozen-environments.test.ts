import { GetQueueAttributesCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { type Client, eventually } from '../../testbed/client';
import { type Stack, startStack } from '../../testbed/stack';
import { createClientPool, jsonFrames, sendMessage, sendRequest } from '../support/conversation';
import { describeLocallyAtLength, waitForIndex } from '../support/stack';

const MEMBERS = 10;
const MESSAGES = 20;
/** For the large room, the post function opens more connections than a message to the small room uses, even with a retry. */
const LARGE_ROOM = 40;

/**
 * Lambda freezes execution environments between invocations and closes idle connections. The first request on such a connection
 * after a thaw fails with a connection reset: https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html
 */
describeLocallyAtLength('frozen environments', 'switch to close their connections', () => {
  let stack: Stack;
  const { open, closeAll } = createClientPool(
    () => stack.wsUrl,
    () => waitForIndex(stack),
  );

  beforeAll(async () => {
    stack = await startStack();
    await stack.addFault({ service: 'lambda', kind: 'frozen-sockets' });
  });
  afterEach(closeAll);
  afterAll(async () => expect(await stack.stop()).toBe(0));

  it('delivers every message to a room of 10 although connections are reset', async () => {
    const others = await openRoom('lobby', LARGE_ROOM);
    const { room } = await sendRequest(others[0] as Client, { action: 'createRoom' });
    const members = await openRoom(room, MEMBERS);
    const texts = Array.from({ length: MESSAGES }, (_, index) => `message ${index}`);
    const before = await resets();
    for (const text of texts) {
      await deliver(others, 'lobby', text);
      await deliver(members, room, text);
    }
    expect((await resets()) - before).toBeGreaterThan(MESSAGES);
    await eventually(async () => (await stack.underWay()) === 0);
    expect(await countDeadLetters()).toBe(0);
  }, 180_000);

  async function openRoom(room: string, count: number): Promise<Client[]> {
    const clients: Client[] = [];
    while (clients.length < count) clients.push(await open({ protocols: ['roomcast.v1'], query: { room } }));
    return clients;
  }

  /** Sends a message and waits until every client has received it. */
  async function deliver(clients: Client[], room: string, text: string): Promise<void> {
    expect(await sendMessage(clients[0] as Client, room, text)).toMatchObject({ type: 'ack' });
    const hasText = (client: Client) =>
      jsonFrames(client, 'message').some((frame) => frame.room === room && frame.text === text);
    await eventually(async () => clients.every(hasText));
  }

  const resets = async () => (await stack.occurrences())['lambda.FrozenSocketReset'] ?? 0;

  async function countDeadLetters(): Promise<number> {
    const { QueueUrls = [] } = await stack.queues.send(new ListQueuesCommand({}));
    const counts = QueueUrls.map(async (QueueUrl) => {
      const AttributeNames = ['ApproximateNumberOfMessages' as const];
      const { Attributes } = await stack.queues.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames }),
      );
      return Number(Attributes?.ApproximateNumberOfMessages);
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }
});
