import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../testbed/client';
import { type Stack, startStack } from '../../testbed/stack';
import {
  createClientPool,
  jsonFrames,
  sendMessage,
  sendRequest,
  waitForMembers,
  waitForPushes,
} from '../support/conversation';
import { describeLocallyAtLength, waitForIndex } from '../support/stack';

const v1 = { protocols: ['roomcast.v1'] };

describeLocallyAtLength('typing indicators', 'typing indicators by default', () => {
  let stack: Stack;
  const { open, closeAll } = createClientPool(
    () => stack.wsUrl,
    () => waitForIndex(stack),
  );

  beforeAll(async () => {
    stack = await startStack([], { settings: { TypingIndicator: 'on' } });
    await stack.disableRandomFaults(); // indicators are not retried after a failed delivery
  });
  afterEach(closeAll);
  afterAll(async () => expect(await stack.stop()).toBe(0));

  it('delivers indicators to the other members of a small room, and does not store them', async () => {
    const [ada, bob] = [await open(v1), await open(v1)];
    const { room, you } = await sendRequest(ada, { action: 'createRoom', username: 'Ada' });
    await sendRequest(bob, { action: 'joinRoom', room });
    await waitForMembers(ada, room, 2);
    expect((await sendRequest(ada, { action: 'ping' })).limits.typing).toEqual({ members: 19, seconds: 5 });

    const type = async () => {
      ada.send({ action: 'typing', id: 'typing', room });
      await sleep(1000);
      return jsonFrames(bob, 'typing')[0];
    };
    expect(await eventually(type, 45_000)).toMatchObject({ room, member: you }); // an indicator can be lost
    await sendMessage(ada, room, 'hello');
    await Promise.all([ada, bob].map((client) => waitForPushes(client, 'message', 1)));
    expect(jsonFrames(ada).filter(({ type, id }) => type === 'typing' || id === 'typing')).toEqual([]);
    const { messages } = await sendRequest(bob, { action: 'history', room });
    expect(messages).toMatchObject([{ seq: 1, text: 'hello' }]);
  });
});
