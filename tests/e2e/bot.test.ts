import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { combineTemplates } from '../../examples/local/combine-templates';
import { eventually } from '../../testbed/client';
import { root } from '../../testbed/template';
import { readMetrics } from '../support/alarms';
import { createClientPool, jsonFrames, sendRequest } from '../support/conversation';
import { describeLocallyAtLength, type StackUnderTest, stackUnderTest } from '../support/stack';

describeLocallyAtLength('Roomcast with examples/bot', 'bot', () => {
  let stack: StackUnderTest;
  const { open, closeAll } = createClientPool(() => stack.wsUrl);
  const template = join(root, '.template-with-bot.test.yaml');

  beforeAll(async () => {
    writeFileSync(template, combineTemplates('bot'));
    stack = await stackUnderTest(['--template', template]);
    await stack.local?.addFault({ service: 'events', kind: 'duplicate' });
  });
  afterEach(closeAll);
  afterAll(async () => {
    await stack.stop();
    rmSync(template);
  });

  /** Returns the number of completed invocations of the bot. */
  const countAnswers = async () =>
    (await readMetrics(stack.httpUrl)).find(
      ({ name, dimensions }) => name === 'Duration' && dimensions.FunctionName?.includes('BotFunction'),
    )?.samples ?? 0;

  it('answers a command once in the room, although EventBridge delivers the event twice', async () => {
    const client = await open({ protocols: ['roomcast.v1'] });
    const { room } = await sendRequest(client, { action: 'createRoom' });
    await sendRequest(client, { action: 'sendmessage', room, text: 'hello' });
    const { ts } = await sendRequest(client, { action: 'sendmessage', room, text: '!time' });
    const answers = () => jsonFrames(client, 'message').filter(({ from }) => from.userId === 's-system');
    await eventually(async () => answers().length > 0 && (await countAnswers()) >= 2);
    const from = { userId: 's-system', username: 'Bot' };
    expect(answers()[0]).toMatchObject({ from, text: `It is ${ts.slice(11, 16)} UTC.`, seq: 3 });
    const { messages } = await sendRequest(client, { action: 'history', room });
    expect(messages).toHaveLength(3);
  });
});
