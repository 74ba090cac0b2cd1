import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetTracesCommand,
  GetTraceSegmentDestinationCommand,
  GetTraceSummariesCommand,
  XRayClient,
} from '@aws-sdk/client-xray';
import { Connection } from '../smoke/connection';
import { requireOutput, type StackInfo } from '../stack';
import { findTraceGap, type Span } from './message-trace';

/** A check of a stack's behavior. `run` rejects with the reason if the check fails. */
export interface Probe {
  name: string;
  /**
   * The name of an output with a URL that AWS must host. The probe is skipped for the local runtime, and for stacks without
   * this output.
   */
  onlyOnAws?: string;
  /** Returns the reason why the probe does not apply to the settings of a stack, or undefined if it applies. */
  findObstacle?(stack: StackInfo): Promise<string | undefined>;
  run(stack: StackInfo): Promise<void>;
}

const V1 = 'roomcast.v1';
const RESEND_MS = 4000;
/** X-Ray returns a trace only several seconds after the trace ends. */
const TRACE_TIMEOUT_MS = 30_000;
/**
 * Lambda samples the first request each second, across all users, and 5% of the other requests. Sampling rules have no effect
 * on Lambda.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
const SAMPLING_INTERVAL_MS = 1100;
const TRACED_MESSAGES = 3;

export const probes: Probe[] = [
  {
    name: 'sendmessage and sendMessage both deliver messages',
    run: (stack) =>
      withConnection(stack, [], async (connection) => {
        connection.send({ action: 'createRoom', username: 'verify' });
        await connection.waitForFrame('the reply to createRoom', ({ type }) => type === 'created');
        for (const [action, field] of [
          ['sendmessage', 'message'],
          ['sendMessage', 'Message'],
        ] as const) {
          await repeatUntil(
            () => connection.send({ action, [field]: action }),
            connection.waitForText(`the message sent with ${action}`, (text) => text === action),
          );
        }
      }),
  },
  {
    name: 'the handshake echoes roomcast.v1 beside a guest entry',
    run: (stack) =>
      withConnection(stack, [V1, `guest.${randomBytes(18).toString('base64url')}`], async ({ protocol }) =>
        assert(protocol === V1, `the subprotocol is ${JSON.stringify(protocol)}`),
      ),
  },
  {
    name: 'a frame over 32 KB closes the connection with 1009',
    run: (stack) => expectClose(stack, 'x'.repeat(32 * 1024 + 1), 1009),
  },
  {
    name: 'a binary frame closes the connection with 1003',
    run: (stack) => expectClose(stack, Buffer.from('hello'), 1003),
  },
  {
    name: 'a broadcast without a key returns 401 and a Bearer challenge',
    async run(stack) {
      const url = requireOutput(stack, 'BroadcastUrl');
      const response = await fetch(url, { method: 'POST', body: '{"message":"x"}' });
      const challenge = response.headers.get('www-authenticate');
      assert(
        response.status === 401 && challenge === 'Bearer',
        `the status is ${response.status}, the challenge ${challenge}`,
      );
    },
  },
  {
    name: 'CORS does not allow broadcasts from other origins',
    async run(stack) {
      const headers = { Origin: 'https://elsewhere.invalid', 'Access-Control-Request-Method': 'POST' };
      const url = requireOutput(stack, 'BroadcastUrl');
      const response = await fetch(url, { method: 'OPTIONS', headers });
      const allowed = response.headers.get('access-control-allow-origin');
      assert(allowed === null, `the allowed origin is ${allowed}`);
    },
  },
  {
    name: 'one trace links a message from PutEvents to its posts',
    findObstacle: findTraceObstacle,
    run: async (stack) => {
      const gap = await findGapInTraces(new XRayClient(stack.clientConfig), await sendMessages(stack));
      assert(gap === undefined, gap ?? '');
    },
  },
  {
    name: 'the web page is served with a policy that allows the WebSocket URL',
    onlyOnAws: 'WebPageUrl',
    async run(stack) {
      const response = await fetch(requireOutput(stack, 'WebPageUrl'));
      assert(response.status === 200, `the status is ${response.status}. Run npm run deploy:web.`);
      const policy = response.headers.get('content-security-policy') ?? '';
      const { origin } = new URL(requireOutput(stack, 'WebSocketUrl'));
      assert(policy.includes(origin), `the Content-Security-Policy is ${JSON.stringify(policy)}`);
    },
  },
];

/**
 * Returns the reason why the probe cannot read traces, or undefined if it can. With CloudWatch Transaction Search, the X-Ray
 * API returns no traces:
 * https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSegmentDestination.html
 */
async function findTraceObstacle({ parameters, clientConfig }: StackInfo): Promise<string | undefined> {
  if (parameters === undefined) return undefined;
  if (parameters.Tracing === 'PassThrough') return 'the stack has Tracing=PassThrough';
  const client = new XRayClient(clientConfig);
  // If the user has no permission to read the setting, or the emulator does not support it, assume the default.
  const { Destination } = await client
    .send(new GetTraceSegmentDestinationCommand({}))
    .catch(() => ({ Destination: undefined }));
  return Destination === 'CloudWatchLogs'
    ? 'CloudWatch Transaction Search is enabled. Look the trace up in the console.'
    : undefined;
}

async function withConnection(
  stack: StackInfo,
  protocols: string[],
  use: (connection: Connection) => Promise<unknown> | undefined,
): Promise<void> {
  const connection = await Connection.open(requireOutput(stack, 'WebSocketUrl'), protocols);
  try {
    await use(connection);
  } finally {
    connection.close();
  }
}

/**
 * Sends a message repeatedly until it arrives. A new connection receives no messages until the index of the fan-out lists it.
 */
async function repeatUntil(send: () => void, arrival: Promise<unknown>): Promise<void> {
  send();
  const repetition = setInterval(send, RESEND_MS);
  await arrival.finally(() => clearInterval(repetition));
}

/** Asserts that a frame closes the connection. If the stack accepts the frame, it replies with the help text instead. */
async function expectClose(stack: StackInfo, frame: string | Buffer, expected: number): Promise<void> {
  await withConnection(stack, [], async (connection) => {
    const closed = connection.waitForClose().catch(() => undefined);
    const replied = connection.waitForText('the help text', (text) =>
      text.startsWith('Use the sendmessage route'),
    );
    connection.send(frame);
    const code = await Promise.race([closed, replied.then(() => undefined).catch(() => closed)]);
    assert(code === expected, code === undefined ? 'the connection stays open' : `the code is ${code}`);
  });
}

/**
 * Sends enough messages in a new room that X-Ray samples at least one. Returns their IDs after all messages have been
 * delivered.
 */
async function sendMessages(stack: StackInfo): Promise<string[]> {
  const messageIds: string[] = [];
  await withConnection(stack, [V1], async (connection) => {
    const { room } = await connection.request('createRoom');
    const isMessage = ({ type }: { type?: unknown }) => type === 'message';
    await repeatUntil(
      () => connection.send({ action: 'sendmessage', room, text: 'verify', clientMsgId: randomUUID() }),
      connection.waitForFrame('the first push', isMessage),
    );
    while (messageIds.length < TRACED_MESSAGES) {
      if (messageIds.length > 0) await sleep(SAMPLING_INTERVAL_MS);
      const message = { room, text: 'verify', clientMsgId: randomUUID() };
      const ack = await connection.request('sendmessage', message);
      messageIds.push(String(ack.messageId));
      await connection.waitForFrame('the push', ({ type, seq }) => type === 'message' && seq === ack.seq);
    }
  });
  return messageIds;
}

/** Waits until the trace of one of the messages is complete. If no trace becomes complete, returns a description of a gap. */
async function findGapInTraces(client: XRayClient, messageIds: string[]): Promise<string | undefined> {
  const since = new Date(Date.now() - 60_000);
  for (const deadline = Date.now() + TRACE_TIMEOUT_MS; ; await sleep(1000)) {
    const traces = await Promise.all(messageIds.map((messageId) => readTrace(client, messageId, since)));
    const gaps = traces.filter((trace) => trace.length > 0).map(findTraceGap);
    if (gaps.includes(undefined)) return undefined;
    if (Date.now() > deadline) return gaps[0] ?? 'X-Ray has no trace of these messages';
  }
}

/** Reads the segments of a message's trace. Returns an empty list if X-Ray has no trace. */
async function readTrace(client: XRayClient, messageId: string, since: Date): Promise<Span[]> {
  const { TraceSummaries = [] } = await client.send(
    new GetTraceSummariesCommand({
      StartTime: since,
      EndTime: new Date(),
      FilterExpression: `annotation.messageId = "${messageId}"`,
    }),
  );
  const TraceIds = TraceSummaries.flatMap(({ Id = [] }) => Id);
  if (TraceIds.length === 0) return [];
  const { Traces = [] } = await client.send(new BatchGetTracesCommand({ TraceIds }));
  return Traces.flatMap(({ Segments = [] }) => Segments.map(({ Document = '{}' }) => JSON.parse(Document)));
}

function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
