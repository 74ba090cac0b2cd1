import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Line } from '../support/chatter';
import { eventually } from '../support/client';
import { describeLocally, type Stack, startStack } from '../support/stack';
import { root } from '../support/template';
import { gapsIn, listTraces, readTrace } from '../support/traces';

/** Rates at which nobody is refused. */
const UNLIMITED = ['--parameter-overrides', 'MessageRate=1000', 'MessageBurst=1000'];
/** All of them at once: 1,000 messages in `npm run test:long` and CI, a hundred otherwise. */
const ROOMS = process.env.LONG ? 50 : 10;
const MESSAGES_PER_ROOM = process.env.LONG ? 20 : 10;
/** Longer than a document is under way. */
const QUIET_MS = 1000;

/** What breaks a trace, and the gap it leaves. */
const MUTATIONS = [
  {
    what: 'PutEvents carries no header',
    file: 'functions/aws/clients.ts',
    from: 'return traced(new EventBridgeClient({ requestHandler }));',
    to: `const client = traced(new EventBridgeClient({ requestHandler }));
        client.middlewareStack.add((next) => (args) => {
          delete (args.request as { headers: Record<string, string> }).headers['X-Amzn-Trace-Id'];
          return next(args);
        }, { step: 'finalizeRequest' });
        return client;`,
    reached: 'PutEvents',
    gap: 'missing: the delivery by the rule under PutEvents',
  },
  {
    what: 'a function has no tracer',
    file: 'functions/post.ts',
    from: 'export const handler = instrumented(async',
    to: 'export const handler = (async',
    reached: 'the post function',
    gap: 'missing: the post handler under the post function',
  },
];

describeLocally('the trace of a message', 'record of its traces: it tells X-Ray', () => {
  it(`is whole for each of ${ROOMS * MESSAGES_PER_ROOM} sent at once`, async () => {
    const stack = await startStack(UNLIMITED);
    const rooms = Array.from({ length: ROOMS }, () => sendInto(stack, MESSAGES_PER_ROOM));
    const messages = (await Promise.all(rooms)).flat();
    expect(new Set(messages).size).toBe(ROOMS * MESSAGES_PER_ROOM);
    expect(await brokenTraces(stack, messages)).toEqual([]);
    await stack.stop();
  }, 180_000);

  // Each takes a runtime of its own, and two together a fifth of the time `npm test` has: `npm run test:long` and CI run them.
  if (!process.env.LONG) return;

  it.each(MUTATIONS)('breaks where $what', async ({ file, from, to, reached, gap }) => {
    const { template, remove } = changedApp(file, from, to);
    const stack = await startStack(['--template', template]);
    const [message = ''] = await sendInto(stack, 1);
    await eventually(async () => {
      const gaps = await gapsOf(stack, message);
      return gaps && !gaps.some((each) => each.startsWith(`missing: ${reached}`));
    });
    await settled(stack);
    expect(await gapsOf(stack, message)).toContain(gap);
    await stack.stop();
    remove();
  });
});

/** Opens a connection in a room of its own, sends messages there one after another, and resolves to their ids. */
async function sendInto(stack: Stack, count: number): Promise<string[]> {
  const line = await Line.open(stack.wsUrl);
  const { room } = await line.request('createRoom');
  const ids: string[] = [];
  while (ids.length < count) {
    const { type, messageId } = await line.request('sendmessage', { room, text: 'hello' });
    expect(type).toBe('ack');
    ids.push(messageId);
  }
  return ids;
}

/** What is wrong with the messages' traces once all of them have had time to become whole. */
async function brokenTraces(stack: Stack, messages: readonly string[]): Promise<string[]> {
  const whole = new Set<string>();
  let broken: string[] = [];
  const look = async () => {
    const ids = await traceIds(stack);
    broken = [];
    for (const message of messages.filter((each) => !whole.has(each))) {
      const id = ids.get(message);
      const gaps = id === undefined ? ['there is no trace'] : gapsIn(await readTrace(stack.httpUrl, id));
      if (gaps.length === 0) whole.add(message);
      else broken.push(`${message}: ${gaps.join('; ')}`);
    }
    return broken.length === 0;
  };
  await eventually(look).catch(() => undefined);
  return broken;
}

async function gapsOf(stack: Stack, message: string): Promise<string[] | undefined> {
  const id = (await traceIds(stack)).get(message);
  return id === undefined ? undefined : gapsIn(await readTrace(stack.httpUrl, id));
}

/** Waits until nothing has been added to any trace for a while. */
async function settled({ httpUrl }: Stack): Promise<void> {
  let before = '';
  await eventually(async () => {
    const now = JSON.stringify((await listTraces(httpUrl)).map(({ id, version }) => [id, version]));
    const isSame = now === before;
    before = now;
    if (!isSame) await sleep(QUIET_MS);
    return isSame;
  });
}

/** The traces by the message that each of them is annotated with. */
async function traceIds({ httpUrl }: Stack): Promise<Map<string, string>> {
  const traces = await listTraces(httpUrl);
  return new Map(traces.map(({ id, annotations }) => [String(annotations.messageId), id]));
}

/** A copy of the app with one text replaced in one file. */
function changedApp(file: string, from: string, to: string): { template: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'changed-app-'));
  for (const part of ['functions', 'statemachines', 'template.yaml', 'esbuild.json']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const source = readFileSync(join(folder, file), 'utf8');
  if (!source.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(join(folder, file), source.replace(from, to));
  return {
    template: join(folder, 'template.yaml'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
