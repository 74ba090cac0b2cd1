import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { addKeys } from '../../examples/away/local/add-keys';
import { combineTemplates } from '../../examples/local/combine-templates';
import { type Client, eventually } from '../../testbed/client';
import { root } from '../../testbed/template';
import { createClientPool, sendRequest } from '../support/conversation';
import { createPushReceiver, createVapidKeys } from '../support/push-receiver';
import { describeLocallyAtLength, type StackUnderTest, stackUnderTest } from '../support/stack';

/** Receives the requests of the webhook. */
function startReceiver() {
  const received: { id: string; data: { userId: string; room: string; seq: number; messageId: string } }[] =
    [];
  const server = createServer(async (request, response) => {
    const { data } = JSON.parse(await text(request));
    received.push({ id: String(request.headers['webhook-id']), data });
    response.writeHead(204).end();
  });
  return new Promise<{ url: string; received: typeof received; close: () => void }>((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
        received,
        close: () => server.close(),
      }),
    ),
  );
}

describeLocallyAtLength('Roomcast with examples/away', 'example', () => {
  let stack: StackUnderTest;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  const { open, closeAll } = createClientPool(() => stack.wsUrl);
  const template = join(root, '.template-with-away.test.yaml');
  const keys = createVapidKeys();

  beforeAll(async () => {
    receiver = await startReceiver();
    writeFileSync(template, addKeys(combineTemplates('away'), keys));
    const overrides = ['--parameter-overrides', `WebhookUrl=${receiver.url}`];
    stack = await stackUnderTest(['--template', template, ...overrides]);
    await stack.local?.addFault({ service: 'events', kind: 'duplicate' });
  });
  afterEach(closeAll);
  afterAll(async () => {
    await stack.stop();
    receiver.close();
    rmSync(template);
  });

  const openUser = (secret: string) => open({ protocols: ['roomcast.v1', `guest.${secret}`] });
  const secretOf = (name: string) => `secret-of-${name}-${process.pid}-0123456789`;
  const goAway = async (client: Client, userId: string) => {
    client.close();
    await eventually(async () => {
      const budgets = (await stack.scan('ChatTable')).find(({ pk }) => pk === `user#${userId}`);
      return budgets?.connections === undefined;
    });
  };
  const requestsFor = (userId: string) => receiver.received.filter(({ data }) => data.userId === userId);

  it('notifies a follower who is away of one message, although every event is delivered twice', async () => {
    const ada = await openUser(secretOf('ada'));
    const bob = await openUser(secretOf('bob'));
    const { you, webPushKey } = await sendRequest(bob, { action: 'ping' });
    expect(webPushKey).toBe(keys.publicKey);
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    await sendRequest(bob, { action: 'joinRoom', room });
    const device = { endpoint: 'https://push.example.com/1', keys: createPushReceiver().keys };
    await sendRequest(bob, { action: 'follow', room, on: true, device });
    await sendRequest(ada, { action: 'sendmessage', room, text: 'while Bob is here' });
    await goAway(bob, you.userId);
    const { seq } = await sendRequest(ada, { action: 'sendmessage', room, text: 'the first' });
    await eventually(async () => requestsFor(you.userId).length > 0);
    await sendRequest(ada, { action: 'sendmessage', room, text: 'the second' });
    await eventually(async () => (await stack.logged('Not a push subscription')).length > 0);
    const again = await openUser(secretOf('bob'));
    expect(await sendRequest(again, { action: 'joinRoom', room })).toMatchObject({ following: true });
    await goAway(again, you.userId);
    const { seq: third } = await sendRequest(ada, { action: 'sendmessage', room, text: 'the third' });
    await eventually(async () => requestsFor(you.userId).some(({ data }) => data.seq === third));
    // The bus delivers MessageMissed twice: its consumers recognize the ID.
    expect([...new Set(requestsFor(you.userId).map(({ data }) => data.seq))]).toEqual([seq, third]);
  }, 60_000);

  it('notifies the other user of a direct room, who never followed anything', async () => {
    const ada = await openUser(secretOf('ada'));
    const carol = await openUser(secretOf('carol'));
    const { you } = await sendRequest(carol, { action: 'ping' });
    await goAway(carol, you.userId);
    const { room } = await sendRequest(ada, { action: 'createRoom', kind: 'direct', with: you.userId });
    await sendRequest(ada, { action: 'sendmessage', room, text: 'hello' });
    await eventually(async () => requestsFor(you.userId).length > 0);
    expect(requestsFor(you.userId)[0]).toMatchObject({ data: { room, seq: 1, kind: 'direct' } });
  }, 60_000);
});
