import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AppCopy, copyApp } from '../../testbed/app-copy';
import { describeAtLength } from '../../testbed/at-length';
import type { Client } from '../../testbed/client';
import { type Stack, startStack } from '../../testbed/stack';
import {
  createClientPool,
  jsonFrames,
  sendRequest,
  waitForMembers,
  waitForPushes,
} from '../support/conversation';
import { waitForIndex } from '../support/stack';

const SENDERS = 4;
const MESSAGES_EACH = 5;
/** The text size limit of the second version. The first version has the default limit. */
const MAX_TEXT_BYTES = 100;

/** The two spellings of the action. In the changed template, each spelling invokes a different version of the function. */
const VERSIONS = ['sendmessage', 'sendMessage'] as const;

/** Adds a copy of the function with a different environment. Routes the second spelling to the copy. */
function addVersion(template: string): string {
  const start = template.indexOf('  SendmessageFunction:\n');
  const block = template.slice(start, template.indexOf('\n\n', start) + 2);
  const second = block
    .replace('SendmessageFunction', 'SecondVersionFunction')
    .replace('!Ref MaxTextBytes', `"${MAX_TEXT_BYTES}"`);
  const spelling = template.indexOf('  SendMessageSpellingIntegration:\n');
  const routed = template
    .slice(spelling, start)
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
    .replace('${SendmessageFunction.Arn}', '${SecondVersionFunction.Arn}')
    .replace('FunctionName: !Ref SendmessageFunction', 'FunctionName: !Ref SecondVersionFunction');
  return template.slice(0, spelling) + routed + second + template.slice(start);
}

// While Lambda updates a function, some invocations use the old code and environment, and others use the new ones.
describeAtLength('two versions of sendmessage on the same tables', () => {
  let copy: AppCopy;
  let stack: Stack;
  const { open, closeAll } = createClientPool(
    () => stack.wsUrl,
    () => waitForIndex(stack),
  );

  beforeAll(async () => {
    copy = copyApp('template.yaml', addVersion);
    stack = await startStack(['--template', copy.template]);
  });
  afterAll(async () => {
    await closeAll();
    await stack.stop();
    copy.remove();
  });

  /** Sends a message until it is acknowledged. Alternates between the versions, as during a traffic shift. */
  async function send(client: Client, first: number, frame: object) {
    for (let attempt = first; ; attempt += 1) {
      const reply = await sendRequest(client, { action: VERSIONS[attempt % 2], ...frame });
      if (reply.type === 'ack') return reply;
      if (!reply.problem?.temporary) throw new Error(`Rejected: ${JSON.stringify(reply)}`);
      await sleep(reply.problem.retryAfterMs ?? 100);
    }
  }

  it('stores each message once and in the order of each sender, with alternating versions', async () => {
    const clients: Client[] = [];
    for (let index = 0; index < SENDERS; index += 1) clients.push(await open({ protocols: ['roomcast.v1'] }));
    const [ada] = clients as [Client];
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    for (const client of clients.slice(1)) await sendRequest(client, { action: 'joinRoom', room });
    await waitForMembers(ada, room, SENDERS);

    const long = 'x'.repeat(MAX_TEXT_BYTES + 1);
    expect(await sendRequest(ada, { action: VERSIONS[1], room, text: long })).toMatchObject({
      type: 'error',
    });
    const stored = [(await send(ada, 0, { room, text: long, clientMsgId: randomUUID() })).seq];
    const texts = [long];

    await Promise.all(
      clients.map(async (client, sender) => {
        for (let index = 0; index < MESSAGES_EACH; index += 1) {
          const frame = { room, text: `${sender}:${index}`, clientMsgId: randomUUID() };
          const ack = await send(client, sender + index, frame);
          // Sends the message to the other version again, as after a lost acknowledgement. The other version recognizes the
          // message.
          const repeated = await send(client, sender + index + 1, frame);
          expect([repeated.seq, repeated.messageId]).toEqual([ack.seq, ack.messageId]);
          stored.push(ack.seq);
          texts.push(frame.text);
        }
      }),
    );

    const count = 1 + SENDERS * MESSAGES_EACH;
    const sequence = Array.from({ length: count }, (_, index) => index + 1);
    expect(stored.sort((a, b) => a - b)).toEqual(sequence);
    const { messages } = await sendRequest(ada, { action: 'history', room, after: 0 });
    const log: { seq: number; text: string }[] = messages;
    expect(log.map(({ seq }) => seq)).toEqual(sequence);
    expect(log.map(({ text }) => text).sort()).toEqual(texts.sort());
    for (const sender of clients.keys()) {
      const own = log.map(({ text }) => text).filter((text) => text.startsWith(`${sender}:`));
      expect(own).toEqual([...own].sort());
    }
    for (const client of clients) {
      await waitForPushes(client, 'message', count);
      expect(jsonFrames(client, 'message')).toHaveLength(count);
    }
  });
});
