import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetTracesCommand, GetTraceSummariesCommand, XRayClient } from '@aws-sdk/client-xray';
import { Socket } from '../smoke/socket';
import { output, type StackPlace } from '../stack';
import { missingOnTheWay, type Span } from './message-trace';

/** Something that a stack has to do, and that no description of it shows. `run` rejects with what it did otherwise. */
export interface Try {
  name: string;
  /** The output whose address it needs to be AWS's own; where it is not, it is not tried. */
  onlyOnAws?: string;
  run(place: StackPlace): Promise<void>;
}

const V1 = 'roomcast.v1';
/** X-Ray shows a trace some seconds after it ended. */
const TRACE_MS = 30_000;
/**
 * It records the first request of each second, whoever's that is, and some of the others.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
const SAMPLING_MS = 1100;
const TRACED_MESSAGES = 3;

export const tries: Try[] = [
  {
    name: 'both spellings of sendmessage are heard',
    run: (place) =>
      withSocket(place, [], async (socket) => {
        socket.send({ action: 'createRoom', username: 'verify' });
        await socket.frame('the room', ({ type }) => type === 'created');
        for (const [action, field] of [
          ['sendmessage', 'message'],
          ['sendMessage', 'Message'],
        ] as const) {
          socket.send({ action, [field]: action });
          await socket.text(`what was said by ${action}`, (text) => text === action);
        }
      }),
  },
  {
    name: 'of two subprotocol entries, roomcast.v1 is echoed',
    run: (place) =>
      withSocket(place, [V1, `guest.${randomBytes(18).toString('base64url')}`], async ({ protocol }) =>
        must(protocol === V1, `it is ${JSON.stringify(protocol)}`),
      ),
  },
  {
    name: 'a frame above 32 KB closes its connection with 1009',
    run: (place) => closesWith(place, 'x'.repeat(32 * 1024 + 1), 1009),
  },
  {
    name: 'a binary frame closes its connection with 1003',
    run: (place) => closesWith(place, Buffer.from('hello'), 1003),
  },
  {
    name: 'a broadcast without a key is answered 401, which says how to ask',
    async run(place) {
      const answer = await fetch(output(place, 'BroadcastUrl'), { method: 'POST', body: '{"message":"x"}' });
      const scheme = answer.headers.get('www-authenticate');
      must(answer.status === 401 && scheme === 'Bearer', `it is ${answer.status}, ${scheme}`);
    },
  },
  {
    name: 'a page of a foreign origin is not allowed to broadcast',
    async run(place) {
      const headers = { Origin: 'https://elsewhere.invalid', 'Access-Control-Request-Method': 'POST' };
      const answer = await fetch(output(place, 'BroadcastUrl'), { method: 'OPTIONS', headers });
      const allowed = answer.headers.get('access-control-allow-origin');
      must(allowed === null, `${allowed} is allowed`);
    },
  },
  {
    name: 'a message is one trace, in which its posts hang from PutEvents',
    run: async (place) => {
      const missing = await missingInTraces(new XRayClient(place.client), await messagesSent(place));
      must(missing === undefined, missing ?? '');
    },
  },
  {
    name: "the page is there, under a policy that lets it reach this stack's address",
    onlyOnAws: 'WebPageUrl',
    async run(place) {
      const answer = await fetch(output(place, 'WebPageUrl'));
      must(answer.status === 200, `it is answered ${answer.status}: has npm run deploy:web uploaded it?`);
      const policy = answer.headers.get('content-security-policy') ?? '';
      const { origin } = new URL(output(place, 'WebSocketUrl'));
      must(policy.includes(origin), `the policy is ${JSON.stringify(policy)}`);
    },
  },
];

async function withSocket(
  place: StackPlace,
  protocols: string[],
  work: (socket: Socket) => Promise<unknown> | undefined,
): Promise<void> {
  const socket = await Socket.open(output(place, 'WebSocketUrl'), protocols);
  try {
    await work(socket);
  } finally {
    socket.close();
  }
}

async function closesWith(place: StackPlace, frame: string | Buffer, expected: number): Promise<void> {
  await withSocket(place, [], async (socket) => {
    const closed = socket.closed();
    socket.send(frame);
    const code = await closed.catch(() => undefined);
    must(code === expected, code === undefined ? 'it stays open' : `it is ${code}`);
  });
}

/** Says something in a room of its own, so often that X-Ray records one; resolves to the messages when all are posted. */
async function messagesSent(place: StackPlace): Promise<string[]> {
  const messageIds: string[] = [];
  await withSocket(place, [V1], async (socket) => {
    const { room } = await socket.request('createRoom');
    while (messageIds.length < TRACED_MESSAGES) {
      if (messageIds.length > 0) await sleep(SAMPLING_MS);
      const ack = await socket.request('sendmessage', { room, text: 'verify', clientMsgId: randomUUID() });
      messageIds.push(String(ack.messageId));
      await socket.frame('the push', ({ type, seq }) => type === 'message' && seq === ack.seq);
    }
  });
  return messageIds;
}

/** What is missing in the traces of messages, when they have been waited for; undefined if one of them is whole. */
async function missingInTraces(client: XRayClient, messageIds: string[]): Promise<string | undefined> {
  const since = new Date(Date.now() - 60_000);
  for (const deadline = Date.now() + TRACE_MS; ; await sleep(1000)) {
    const traces = await Promise.all(messageIds.map((messageId) => traceOf(client, messageId, since)));
    const missing = traces.filter((trace) => trace.length > 0).map(missingOnTheWay);
    if (missing.includes(undefined)) return undefined;
    if (Date.now() > deadline)
      return missing[0] ?? 'X-Ray has no trace of it; with Transaction Search on it finds none';
  }
}

/**
 * The segments of a message's trace; none if there is no trace. X-Ray's API finds no trace where CloudWatch's Transaction
 * Search is on: https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html
 */
async function traceOf(client: XRayClient, messageId: string, since: Date): Promise<Span[]> {
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

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
