import { type Client, eventually } from '../../testbed/client';
import { type Stack, startStack } from '../../testbed/stack';
import { createClientPool, jsonFrames, sendMessage } from '../support/conversation';
import { describeLocallyAtLength, waitForIndex } from '../support/stack';

const MEMBERS = 60;

/** The concurrency of a new AWS account: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
describeLocallyAtLength('a Lambda concurrency of 10', 'option for the concurrency', () => {
  let stack: Stack;
  const { open, closeAll } = createClientPool(
    () => stack.wsUrl,
    () => waitForIndex(stack),
  );

  beforeAll(async () => {
    stack = await startStack(['--lambda-concurrency', '10'], { settings: { BatchSize: 1 } });
    // A duplicate event would start a second fan-out. Together, the two fan-outs can exhaust the concurrency and the retries.
    await stack.disableRandomFaults();
  });
  afterEach(closeAll);
  afterAll(async () => expect(await stack.stop()).toBe(0));

  it('delivers a message to every member, although posts are throttled', async () => {
    const clients: Client[] = [];
    while (clients.length < MEMBERS) {
      clients.push(await open({ protocols: ['roomcast.v1'], query: { room: 'lobby' } }));
    }
    const before = await throttles();
    expect(await sendMessage(clients[0] as Client, 'lobby', 'hello')).toMatchObject({ type: 'ack' });
    const hasMessage = (client: Client) => jsonFrames(client, 'message').some(({ text }) => text === 'hello');
    await eventually(async () => clients.every(hasMessage), 45_000);
    expect((await throttles()) - before).toBeGreaterThan(0);
    await eventually(async () => (await stack.underWay()) === 0);
    expect((await stack.executions()).map(({ status }) => status)).not.toContain('FAILED');
  });

  const throttles = async () => (await stack.occurrences())['lambda.Throttle'] ?? 0;
});
