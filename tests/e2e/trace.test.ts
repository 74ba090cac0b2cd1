import { setTimeout as sleep } from 'node:timers/promises';
import { copyAppWithChange } from '../../testbed/app-copy';
import { itAtLength } from '../../testbed/at-length';
import { ChatConnection } from '../../testbed/chat-clients';
import { eventually } from '../../testbed/client';
import { type Stack, startStack } from '../../testbed/stack';
import {
  findAnnotationErrors,
  findHandlersOfRoom,
  findTraceGaps,
  listTraces,
  readTrace,
  type SentMessage,
} from '../../testbed/traces';
import { describeLocallyAtLength } from '../support/stack';

const BATCH_SIZE = 2;
const MEMBERS = 5;
/** Sets high rate limits and turns off notices. */
const PARAMETERS = ['--parameter-overrides', 'Limits=loadTest'];
/** The test sends 1,000 concurrent messages in `npm run test:long`, and 40 otherwise. */
const ROOMS = Number(process.env.TRACE_ROOMS ?? 10);
const MESSAGES_PER_ROOM = Number(process.env.TRACE_MESSAGES ?? 4);
/** Longer than the delay of segments. */
const QUIET_MS = 1000;

/** Code changes that break a trace, and the gap that each change causes. */
const MUTATIONS = [
  {
    cause: 'PutEvents has no trace header',
    file: 'aws/lambda/dependencies.ts',
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
    cause: 'a function has no tracer',
    file: 'functions/post.ts',
    from: 'export const handler = instrument(async',
    to: 'export const handler = (async',
    reached: 'the post function',
    gap: 'missing: the post handler under the post function',
  },
];

describeLocallyAtLength('the trace of a message', 'record of traces outside X-Ray', () => {
  describe('of the unmodified app', () => {
    let stack: Stack;
    beforeAll(async () => {
      stack = await startStack(PARAMETERS, { settings: { BatchSize: BATCH_SIZE } });
    });
    afterAll(() => stack.stop());

    it('is annotated with the room for every action', async () => {
      const connection = await ChatConnection.open(stack.wsUrl);
      const { room } = await connection.request('createRoom');
      for (const action of ['joinRoom', 'history', 'members', 'leaveRoom']) {
        expect(await connection.request(action, { room })).toMatchObject({ room });
      }
      // The connection has left the room, so this trace has no room.
      expect(await connection.request('history', { room })).toMatchObject({ type: 'error' });
      await waitForQuietTraces(stack);
      const found = (await listTraces(stack.httpUrl)).filter(({ annotations }) => annotations.room === room);
      const traces = await Promise.all(found.map(({ id }) => readTrace(stack.httpUrl, id)));
      expect(traces.flatMap((trace) => findHandlersOfRoom(trace, room)).sort()).toEqual(
        ['CreateRoom', 'History', 'JoinRoom', 'LeaveRoom', 'Members'].map((name) =>
          expect.stringContaining(`${name}Function`),
        ),
      );
    });

    it(`contains all batches for each of ${ROOMS * MESSAGES_PER_ROOM} concurrent messages`, async () => {
      const rooms = Array.from({ length: ROOMS }, () => sendInNewRoom(stack, MEMBERS, MESSAGES_PER_ROOM));
      const messages = (await Promise.all(rooms)).flat();
      expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(ROOMS * MESSAGES_PER_ROOM);
      expect(await findBrokenTraces(stack, messages)).toEqual([]);
    }, 180_000);
  });

  for (const { cause, file, from, to, reached, gap } of MUTATIONS) {
    itAtLength(`breaks if ${cause}`, async () => {
      const { template, remove } = copyAppWithChange(file, from, to);
      const stack = await startStack(['--template', template]);
      try {
        // A retry after throttling can take longer than the wait below.
        await stack.disableRandomFaults();
        const [message] = (await sendInNewRoom(stack, 1, 1)) as [SentMessage];
        await eventually(async () => {
          const gaps = await readGaps(stack, message);
          return gaps && !gaps.some((missing) => missing.startsWith(`missing: ${reached}`));
        });
        await waitForQuietTraces(stack);
        expect(await readGaps(stack, message)).toContain(gap);
      } finally {
        await stack.stop();
        remove();
      }
    });
  }
});

/** Creates a room with `members` connections, sends `count` messages sequentially, and returns them. */
async function sendInNewRoom(stack: Stack, members: number, count: number): Promise<SentMessage[]> {
  const connection = await ChatConnection.open(stack.wsUrl);
  const { room } = await connection.request('createRoom');
  const others = await Promise.all(
    Array.from({ length: members - 1 }, () => ChatConnection.open(stack.wsUrl)),
  );
  await Promise.all(others.map((other) => other.request('joinRoom', { room })));
  // Waits until the index that the fan-out queries is up to date.
  await eventually(async () => (await connection.request('members', { room })).members.length === members);
  const sent: SentMessage[] = [];
  while (sent.length < count) {
    const { type, seq, messageId } = await connection.request('sendmessage', { room, text: 'hello' });
    expect({ type, seq }).toEqual({ type: 'ack', seq: sent.length + 1 });
    sent.push({ room, seq, messageId });
  }
  return sent;
}

/** Waits until all traces are complete. Returns a line for each trace that is incomplete or has wrong annotations. */
async function findBrokenTraces(stack: Stack, messages: readonly SentMessage[]): Promise<string[]> {
  const complete = new Set<string>();
  let broken: string[] = [];
  const check = async () => {
    const ids = await listTraceIds(stack);
    broken = [];
    for (const message of messages.filter(({ messageId }) => !complete.has(messageId))) {
      const id = ids.get(message.messageId);
      const errors =
        id === undefined ? ['the trace is missing'] : findErrors(await readTrace(stack.httpUrl, id), message);
      if (errors.length === 0) complete.add(message.messageId);
      else broken.push(`${message.messageId}: ${errors.join('; ')}`);
    }
    return broken.length === 0;
  };
  await eventually(check).catch(() => undefined);
  return broken;
}

function findErrors(trace: Parameters<typeof findTraceGaps>[0], message: SentMessage): string[] {
  return [...findTraceGaps(trace), ...findAnnotationErrors(trace, message, Math.ceil(MEMBERS / BATCH_SIZE))];
}

async function readGaps(stack: Stack, { messageId }: SentMessage): Promise<string[] | undefined> {
  const id = (await listTraceIds(stack)).get(messageId);
  return id === undefined ? undefined : findTraceGaps(await readTrace(stack.httpUrl, id));
}

/** Waits until no trace has changed for `QUIET_MS`. */
async function waitForQuietTraces({ httpUrl }: Stack): Promise<void> {
  let before = '';
  await eventually(async () => {
    const now = JSON.stringify((await listTraces(httpUrl)).map(({ id, version }) => [id, version]));
    const isSame = now === before;
    before = now;
    if (!isSame) await sleep(QUIET_MS);
    return isSame;
  });
}

/**
 * Returns the trace IDs by the message ID in their annotations. Reads only traces of sendmessage requests, because the fan-out
 * of a message is in a separate trace if the trace header is missing.
 */
async function listTraceIds({ httpUrl }: Stack): Promise<Map<string, string>> {
  const traces = (await listTraces(httpUrl)).filter(({ name }) => name.includes('SendmessageFunction'));
  return new Map(traces.map(({ id, annotations }) => [String(annotations.messageId), id]));
}
