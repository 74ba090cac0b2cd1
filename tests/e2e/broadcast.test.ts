import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type Client, eventually } from '../../testbed/client';
import { broadcast, createClientPool, sendRequest } from '../support/conversation';
import { itLocally, itWithTables, type StackUnderTest, stackUnderTest, waitForIndex } from '../support/stack';

const exec = promisify(execFile);
const v1 = { protocols: ['roomcast.v1'] };
const UNDELIVERED = 'must not be delivered';
const ORIGIN = 'https://chat.example.com';
/** Logs appear in CloudWatch after several seconds. */
const LOG_TIMEOUT_MS = 40_000;

interface RequestOptions {
  /** Default: the broadcast key of the stack. */
  authorization?: string;
  type?: string;
  method?: string;
}

let stack: StackUnderTest;
const { open, closeAll } = createClientPool(
  () => stack.wsUrl,
  () => waitForIndex(stack),
);

/** Sends a request and returns the response, even if the status indicates an error. */
async function post(
  body: unknown,
  { authorization, type = 'application/json', method = 'POST' }: RequestOptions = {},
) {
  const response = await fetch(`${stack.httpUrl}/broadcastmessage`, {
    method,
    headers: {
      'Content-Type': type,
      Authorization: authorization ?? `Bearer ${stack.broadcastKey}`,
    },
    ...(method === 'GET'
      ? {}
      : { body: body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) };
}

const countFrames = (client: Client, text: string) =>
  client.frames.filter((frame) => frame.includes(text)).length;

/** Returns how often EventBridge delivered an event twice. Returns 0 for a deployed stack, where duplicates are rare. */
async function countRepeatedDeliveries(): Promise<number> {
  return (await stack.local?.occurrences())?.['events.DuplicateDelivery'] ?? 0;
}

/** Waits until the local runtime has no running executions. Does nothing for a deployed stack. */
async function waitForExecutions(): Promise<void> {
  await eventually(async () => ((await stack.local?.underWay()) ?? 0) === 0);
}

/** Returns the allowed origins. Empty if every origin is allowed. */
function listAllowedOrigins(): string[] {
  const { AllowedOrigins = '*' } = stack.parameters;
  return AllowedOrigins === '*' ? [] : AllowedOrigins.split(',');
}

beforeAll(async () => {
  stack = await stackUnderTest(['--parameter-overrides', `AllowedOrigins=${ORIGIN}`]);
});
afterEach(closeAll);
afterAll(() => stack.stop());

describe('POST /broadcastmessage', () => {
  it('delivers a broadcast once to every connection, regardless of room and mode', async () => {
    const [lobby, ada, bob, nowhere] = [await open(), await open(), await open(v1), await open(v1)];
    ada.send({ action: 'createRoom' });
    const { room } = await ada.nextOf('created');
    await sendRequest(bob, { action: 'joinRoom', room });
    await sendRequest(bob, { action: 'createRoom' });
    await sendRequest(bob, { action: 'joinRoom', room: 'lobby' });

    await waitForIndex(stack);

    const repeatedBefore = await countRepeatedDeliveries();
    const texts = ['closing in ten minutes', 'closing in five minutes'];
    for (const text of texts) {
      const { messageId, ts, ...rest } = await broadcast(stack, text);
      expect(rest).toEqual({});
      for (const client of [lobby, ada]) expect(await client.next((frame) => frame === text)).toBe(text);
      for (const client of [bob, nowhere]) {
        // Selects the frame by text, because EventBridge may deliver the previous broadcast twice.
        const frame = await client.next((received) => received.includes(text));
        expect(JSON.parse(frame)).toEqual({ type: 'broadcast', messageId, text, ts });
      }
    }
    // Waits for all executions, because a repeated delivery can arrive after the next broadcast.
    await broadcast(stack, 'closed');
    for (const client of [lobby, ada, bob, nowhere]) {
      await client.next((frame) => frame.includes('closed'));
    }
    await waitForExecutions();
    const repeated = (await countRepeatedDeliveries()) - repeatedBefore;
    for (const client of [lobby, ada, bob, nowhere]) {
      for (const text of texts) {
        expect(countFrames(client, text)).toBeGreaterThanOrEqual(1);
        expect(countFrames(client, text)).toBeLessThanOrEqual(1 + repeated);
      }
    }
  });

  it.each([
    ['the field Message', { Message: 'hello' }, 'application/json', 'hello'],
    [
      'the default content type of curl',
      { message: 'as a form' },
      'application/x-www-form-urlencoded',
      'as a form',
    ],
    ['non-ASCII text', { message: 'grüße 👋\n"x"' }, 'application/octet-stream', 'grüße 👋\n"x"'],
  ])('accepts %s', async (_, body, type, text) => {
    const client = await open();
    const response = await eventually(async () => {
      const attempt = await post(body, { type });
      return attempt.status !== 429 && attempt;
    });
    expect(response).toMatchObject({
      status: 202,
      body: { messageId: expect.stringMatching(/^[0-9A-Z]{26}$/), ts: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    expect(await client.next((frame) => frame === text)).toBe(text);
  });

  it.each<[string, unknown, RequestOptions, number, string]>([
    ['no key', { message: UNDELIVERED }, { authorization: '' }, 401, 'unauthenticated'],
    ['a wrong key', { message: UNDELIVERED }, { authorization: 'Bearer wrong' }, 401, 'unauthenticated'],
    [
      'a key with another scheme',
      { message: UNDELIVERED },
      { authorization: 'Basic d3Jvbmc=' },
      401,
      'unauthenticated',
    ],
    [
      'a wrong key and a body that is not JSON',
      '{',
      { authorization: 'Bearer wrong' },
      401,
      'unauthenticated',
    ],
    ['a body that is not JSON', UNDELIVERED, {}, 400, 'invalid-frame'],
    [
      'a body that is not UTF-8',
      new Uint8Array([0x22, 0xff, 0x22]),
      { type: 'text/plain' },
      400,
      'invalid-frame',
    ],
    ['no body', '', {}, 400, 'invalid-frame'],
    ['an array', [{ message: UNDELIVERED }], {}, 400, 'invalid-frame'],
    ['no message', {}, {}, 400, 'invalid-frame'],
    ['a number', { message: 1 }, {}, 400, 'invalid-frame'],
    ['a blank message', { message: ' ' }, {}, 400, 'invalid-frame'],
    ['an escape sequence', { message: `${UNDELIVERED}\u001b[2J` }, {}, 400, 'invalid-frame'],
    ['a message over the size limit', { message: UNDELIVERED.repeat(400) }, {}, 413, 'too-large'],
  ])('rejects %s without delivering it', async (_, body, options, status, type) => {
    const client = await open();
    const response = await post(body, options);
    expect(response).toMatchObject({
      status,
      body: { type: `urn:roomcast:${type}`, status, temporary: false },
    });
    expect(Object.keys(response.body).sort()).toEqual(['detail', 'status', 'temporary', 'title', 'type']);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    // API Gateway remaps this header on AWS.
    if (stack.local) expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
    client.send({ action: 'sendmessage', message: 'sent later' });
    await client.next((frame) => frame === 'sent later');
    expect(countFrames(client, UNDELIVERED)).toBe(0);
  });

  it.each([
    ['if the function rejects the body', 'application/json'],
    ['if Lambda rejects the event, because the body is encoded in base64', 'application/octet-stream'],
  ])('returns 413 for a body of 5 MB without a key %s', async (_, type) => {
    const body = new Uint8Array(5_000_000).fill(0x78);
    expect((await post(body, { authorization: '', type })).status).toBe(413);
  });

  it('accepts broadcasts while many requests have no key', async () => {
    const keyless = Array.from({ length: 60 }, () => post({ message: UNDELIVERED }, { authorization: '' }));
    const statuses = (await Promise.all(keyless)).map(({ status }) => status);
    expect([...new Set(statuses)]).toEqual([401]);
    // Earlier tests may have used up the budget of key holders. Only rejections by this budget contain retryAfterMs. Rejections
    // by API Gateway do not.
    const { status, body } = await post({ message: 'real' });
    expect([status, body]).toEqual(
      status === 202
        ? [202, expect.anything()]
        : [429, expect.objectContaining({ retryAfterMs: expect.any(Number) })],
    );
  });

  it('rejects GET requests', async () => {
    expect(await post(undefined, { method: 'GET' })).toMatchObject({
      status: 404,
      body: { message: 'Not Found' },
    });
  });

  it('limits the rate of broadcasts', async () => {
    const responses: Awaited<ReturnType<typeof post>>[] = [];
    const rejections = () => responses.filter(({ status }) => status !== 202);
    // On a slow machine, the budget can refill during one wave, but not during ten waves.
    for (let wave = 0; wave < 10 && rejections().length === 0; wave += 1) {
      const messages = Array.from({ length: 12 }, (_, n) => `wave ${wave}.${n}`);
      responses.push(...(await Promise.all(messages.map((message) => post({ message })))));
    }
    const rejected = rejections();
    expect(rejected.length).toBeGreaterThan(0);
    for (const { status, headers, body } of rejected) {
      expect({ status, body }).toMatchObject({
        status: 429,
        body: { type: 'urn:roomcast:rate-limited', temporary: true, retryAfterMs: expect.any(Number) },
      });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await broadcast(stack, 'after the pause');
  });

  itWithTables('allows cross-origin requests only from the configured origins', async () => {
    const preflight = async (origin: string) => {
      const { status, headers } = await fetch(`${stack.httpUrl}/broadcastmessage`, {
        method: 'OPTIONS',
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'authorization,content-type',
        },
      });
      // AWS does not document the status if no CORS headers are sent.
      if (stack.local) expect(status).toBe(204);
      return headers.get('access-control-allow-origin');
    };
    for (const origin of listAllowedOrigins()) expect(await preflight(origin)).toBe(origin);
    expect(await preflight('https://evil.example.com')).toBeNull();
  });

  itLocally(
    'accepts the command that the runtime prints',
    'printed command: its BroadcastCommand output fetches the key with the AWS CLI',
    async () => {
      const client = await open();
      await eventually(async () => {
        const { stdout } = await exec('bash', ['-c', stack.local?.broadcastCommand ?? '']);
        return JSON.parse(stdout).messageId !== undefined; // the request can be rate-limited
      });
      await client.next((frame) => frame === 'hello, everyone!');
    },
  );

  itWithTables('logs neither the text nor the key', async () => {
    const client = await open();
    const { messageId } = await broadcast(stack, 'not-in-the-logs');
    await client.next((frame) => frame === 'not-in-the-logs');
    await eventually(async () => (await stack.logged(messageId)).length > 0, LOG_TIMEOUT_MS);
    expect(await stack.logged('not-in-the-logs')).toEqual([]);
    // When the local runtime is ready, it prints a command that contains the key.
    const withKey = (await stack.logged(stack.broadcastKey)).filter((line) => !line.includes('curl -X POST'));
    expect(withKey).toEqual([]);
  });

  itWithTables('accepts only the new key after a rotation', async () => {
    const secrets = new SecretsManagerClient(stack.client);
    const SecretId = await stack.secretId();
    const rotate = (SecretString: string) =>
      secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
    // The body is not valid, so the status shows only whether the key is accepted.
    const isAccepted = async (key: string) =>
      (await post({}, { authorization: `Bearer ${key}` })).status === 400;
    const waitUntilAccepted = (key: string) =>
      eventually(async () => {
        await sleep(200);
        return isAccepted(key);
      });
    await broadcast(stack, 'caches the old key');
    try {
      await rotate('another-key');
      await waitUntilAccepted('another-key');
      expect(await isAccepted(stack.broadcastKey)).toBe(false);
      const described = await secrets.send(new DescribeSecretCommand({ SecretId }));
      expect(
        Object.values(described.VersionIdsToStages ?? {})
          .flat()
          .sort(),
      ).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
    } finally {
      await rotate(stack.broadcastKey);
      secrets.destroy();
    }
    await waitUntilAccepted(stack.broadcastKey);
  });
});

describe('handshake', () => {
  itWithTables('accepts configured origins, and rejects other origins with 403', async () => {
    const allowed = listAllowedOrigins();
    const others = ['https://evil.example.com', `${allowed[0]}.evil.example.com`, 'null'];
    for (const Origin of allowed.length > 0 ? others : []) {
      await expect(open({ headers: { Origin } })).rejects.toMatchObject({ status: 403 });
    }
    const accepted = allowed.length > 0 ? allowed : others;
    for (const headers of [...accepted.map((Origin) => ({ Origin })), undefined]) {
      const client = await open({ ...v1, headers });
      expect(await sendRequest(client, { action: 'ping' })).toMatchObject({ type: 'pong' });
    }
  });
});
