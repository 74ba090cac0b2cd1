import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChatConnection } from '../support/chat-clients';
import { eventually } from '../support/client';
import { describeLocally, itAtLength, type Stack, startStack } from '../support/stack';
import { root } from '../support/template';
import {
  findAnnotationErrors,
  findHandlersOfRoom,
  findTraceGaps,
  listTraces,
  readTrace,
  type SentMessage,
} from '../support/traces';

const BATCH_SIZE = 2;
const MEMBERS = 5;
/** Rates at which nobody is refused, rooms of several batches, and no notices beside the messages. */
const PARAMETERS = [
  '--parameter-overrides',
  'MessageRate=1000',
  'MessageBurst=1000',
  `BatchSize=${BATCH_SIZE}`,
  'NoticeThreshold=0',
];
/** All of them at once: 1,000 messages in `npm run test:long` and CI, forty otherwise. */
const ROOMS = process.env.LONG ? 50 : 10;
const MESSAGES_PER_ROOM = process.env.LONG ? 20 : 4;
/** Longer than a document is under way. */
const QUIET_MS = 1000;

/** What breaks a trace, and the gap it leaves. */
const MUTATIONS = [
  {
    what: 'PutEvents carries no header',
    file: 'functions/handlers/dependencies.ts',
    from: 'return createEventBus(traceClient(createEventBridgeClient()), ',
    to: `const client = traceClient(createEventBridgeClient());
        client.middlewareStack.add((next) => (args) => {
          delete (args.request as { headers: Record<string, string> }).headers['X-Amzn-Trace-Id'];
          return next(args);
        }, { step: 'finalizeRequest' });
        return createEventBus(client, `,
    reached: 'PutEvents',
    gap: 'missing: the delivery by the rule under PutEvents',
  },
  {
    what: 'a function has no tracer',
    file: 'functions/post.ts',
    from: 'export const handler = instrument(async',
    to: 'export const handler = (async',
    reached: 'the post function',
    gap: 'missing: the post handler under the post function',
  },
];

describeLocally('the trace of a message', 'record of its traces: it tells X-Ray', () => {
  describe('as it is deployed', () => {
    let stack: Stack;
    beforeAll(async () => {
      stack = await startStack(PARAMETERS);
    });
    afterAll(() => stack.stop());

    it('is found by the room, whatever was asked of it', async () => {
      const line = await ChatConnection.open(stack.wsUrl);
      const { room } = await line.request('createRoom');
      for (const action of ['joinRoom', 'history', 'members', 'leaveRoom']) {
        expect(await line.request(action, { room })).toMatchObject({ room });
      }
      // It is nobody's room by now, and one that is asked for in vain: that tells nothing of a room.
      expect(await line.request('history', { room })).toMatchObject({ type: 'error' });
      await settled(stack);
      const found = (await listTraces(stack.httpUrl)).filter(({ annotations }) => annotations.room === room);
      const traces = await Promise.all(found.map(({ id }) => readTrace(stack.httpUrl, id)));
      expect(traces.flatMap((trace) => findHandlersOfRoom(trace, room)).sort()).toEqual(
        ['CreateRoom', 'History', 'JoinRoom', 'LeaveRoom', 'Members'].map((name) =>
          expect.stringContaining(`${name}Function`),
        ),
      );
    });

    it(`is whole for each of ${ROOMS * MESSAGES_PER_ROOM} sent at once, batch by batch`, async () => {
      const rooms = Array.from({ length: ROOMS }, () => sendInto(stack, MEMBERS, MESSAGES_PER_ROOM));
      const messages = (await Promise.all(rooms)).flat();
      expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(ROOMS * MESSAGES_PER_ROOM);
      expect(await brokenTraces(stack, messages)).toEqual([]);
    }, 180_000);
  });

  for (const { what, file, from, to, reached, gap } of MUTATIONS) {
    itAtLength(`breaks where ${what}`, async () => {
      const { template, remove } = changedApp(file, from, to);
      const stack = await startStack(['--template', template]);
      const [message] = (await sendInto(stack, 1, 1)) as [SentMessage];
      await eventually(async () => {
        const gaps = await gapsOf(stack, message);
        return gaps && !gaps.some((each) => each.startsWith(`missing: ${reached}`));
      });
      await settled(stack);
      expect(await gapsOf(stack, message)).toContain(gap);
      await stack.stop();
      remove();
    });
  }
});

/** Gathers so many in a new room, of whom one sends messages there one after another, and resolves to these. */
async function sendInto(stack: Stack, members: number, count: number): Promise<SentMessage[]> {
  const line = await ChatConnection.open(stack.wsUrl);
  const { room } = await line.request('createRoom');
  const others = await Promise.all(
    Array.from({ length: members - 1 }, () => ChatConnection.open(stack.wsUrl)),
  );
  await Promise.all(others.map((other) => other.request('joinRoom', { room })));
  // Of the index, by which pushes find them and which lags.
  await eventually(async () => (await line.request('members', { room })).members.length === members);
  const sent: SentMessage[] = [];
  while (sent.length < count) {
    const { type, seq, messageId } = await line.request('sendmessage', { room, text: 'hello' });
    expect({ type, seq }).toEqual({ type: 'ack', seq: sent.length + 1 });
    sent.push({ room, seq, messageId });
  }
  return sent;
}

/** What is wrong with the messages' traces once all of them have had time to become whole. */
async function brokenTraces(stack: Stack, messages: readonly SentMessage[]): Promise<string[]> {
  const whole = new Set<string>();
  let broken: string[] = [];
  const look = async () => {
    const ids = await traceIds(stack);
    broken = [];
    for (const message of messages.filter(({ messageId }) => !whole.has(messageId))) {
      const id = ids.get(message.messageId);
      const wrong =
        id === undefined ? ['there is no trace'] : wrongIn(await readTrace(stack.httpUrl, id), message);
      if (wrong.length === 0) whole.add(message.messageId);
      else broken.push(`${message.messageId}: ${wrong.join('; ')}`);
    }
    return broken.length === 0;
  };
  await eventually(look).catch(() => undefined);
  return broken;
}

function wrongIn(trace: Parameters<typeof findTraceGaps>[0], message: SentMessage): string[] {
  return [...findTraceGaps(trace), ...findAnnotationErrors(trace, message, Math.ceil(MEMBERS / BATCH_SIZE))];
}

async function gapsOf(stack: Stack, { messageId }: SentMessage): Promise<string[] | undefined> {
  const id = (await traceIds(stack)).get(messageId);
  return id === undefined ? undefined : findTraceGaps(await readTrace(stack.httpUrl, id));
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
