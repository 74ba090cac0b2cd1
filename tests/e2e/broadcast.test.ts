import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type Client, eventually } from '../support/client';
import { createClientPool, sendRequest } from '../support/conversation';
import { itLocally, itWithTables, root, type StackUnderTest, stackUnderTest } from '../support/stack';

const exec = promisify(execFile);
const v1 = { protocols: ['roomcast.v1'] };
const UNHEARD = 'nobody must hear this';
const ORIGIN = 'https://chat.example.com';
/** CloudWatch shows what is logged some seconds later. */
const LOGGED_MS = 40_000;

interface Asked {
  /** Default: the right one. */
  authorization?: string;
  type?: string;
  method?: string;
}

let stack: StackUnderTest;
const { open, closeAll } = createClientPool(() => stack.wsUrl);

/** A request of which it is the status that matters. */
async function request(
  body: unknown,
  { authorization, type = 'application/json', method = 'POST' }: Asked = {},
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

/** A broadcast that is to be accepted: it waits for its turn if it has to. */
async function broadcast(message: string, asked?: Asked) {
  for (;;) {
    const answer = await request({ message }, asked);
    if (answer.status !== 429) {
      expect(answer).toMatchObject({ status: 202 });
      return answer.body;
    }
    await sleep(answer.body.retryAfterMs ?? 1000);
  }
}

const heard = (client: Client, text: string) => client.frames.filter((frame) => frame.includes(text)).length;

/** Waits until nothing is under way any more in the workflow, where that can be seen. */
async function allDelivered(): Promise<void> {
  await eventually(async () => ((await stack.local?.underWay()) ?? 0) === 0);
}

/** Those whose pages may connect and broadcast; none, if any page may connect. */
function namedOrigins(): string[] {
  const { AllowedOrigins = '*' } = stack.parameters;
  return AllowedOrigins === '*' ? [] : AllowedOrigins.split(',');
}

beforeAll(async () => {
  stack = await stackUnderTest(['--parameter-overrides', `AllowedOrigins=${ORIGIN}`]);
});
afterEach(closeAll);
afterAll(() => stack.stop());

describe('POST /broadcastmessage', () => {
  it('reaches everyone once, in whatever room and mode', async () => {
    const [lobby, ada, bob, nowhere] = [await open(), await open(), await open(v1), await open(v1)];
    ada.send({ action: 'createRoom' });
    const { room } = await ada.nextOf('created');
    await sendRequest(bob, { action: 'joinRoom', room });
    await sendRequest(bob, { action: 'createRoom' });
    await sendRequest(bob, { action: 'joinRoom', room: 'lobby' });

    const texts = ['closing in ten minutes', 'closing in five minutes'];
    for (const text of texts) {
      const { messageId, ts, ...rest } = await broadcast(text);
      expect(rest).toEqual({});
      for (const client of [lobby, ada]) expect(await client.next((frame) => frame === text)).toBe(text);
      for (const client of [bob, nowhere]) {
        expect(await client.nextOf('broadcast')).toEqual({ type: 'broadcast', messageId, text, ts });
      }
    }
    // What comes twice may come late: after the next broadcast, and once its workflow is done.
    await broadcast('the doors are closing');
    for (const client of [lobby, ada, bob, nowhere]) {
      await client.next((frame) => frame.includes('the doors are closing'));
    }
    await allDelivered();
    for (const client of [lobby, ada, bob, nowhere]) {
      for (const text of texts) expect(heard(client, text)).toBe(1);
    }
  });

  it.each([
    ['the other spelling', { Message: 'hello' }, 'application/json', 'hello'],
    [
      "curl's own content type",
      { message: 'over a form' },
      'application/x-www-form-urlencoded',
      'over a form',
    ],
    ['letters of any kind', { message: 'grüße 👋\n"x"' }, 'application/octet-stream', 'grüße 👋\n"x"'],
  ])('takes %s', async (_, body, type, text) => {
    const client = await open();
    const answer = await eventually(async () => {
      const tried = await request(body, { type });
      return tried.status !== 429 && tried;
    });
    expect(answer).toMatchObject({
      status: 202,
      body: { messageId: expect.stringMatching(/^[0-9A-Z]{26}$/), ts: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
    expect(await client.next((frame) => frame === text)).toBe(text);
  });

  it.each<[string, unknown, Asked, number, string]>([
    ['no key', { message: UNHEARD }, { authorization: '' }, 401, 'unauthenticated'],
    ['a wrong key', { message: UNHEARD }, { authorization: 'Bearer wrong' }, 401, 'unauthenticated'],
    [
      'a key by another scheme',
      { message: 'hi' },
      { authorization: 'Basic d3Jvbmc=' },
      401,
      'unauthenticated',
    ],
    ['a wrong key and no JSON', '{', { authorization: 'Bearer wrong' }, 401, 'unauthenticated'],
    ['no JSON', 'hello', {}, 400, 'invalid-frame'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), { type: 'text/plain' }, 400, 'invalid-frame'],
    ['no body', '', {}, 400, 'invalid-frame'],
    ['a list', '[]', {}, 400, 'invalid-frame'],
    ['no message', {}, {}, 400, 'invalid-frame'],
    ['a number', { message: 1 }, {}, 400, 'invalid-frame'],
    ['a blank message', { message: ' ' }, {}, 400, 'invalid-frame'],
    ['an escape sequence', { message: '\u001b[2J' }, {}, 400, 'invalid-frame'],
    ['too long a message', { message: UNHEARD.repeat(400) }, {}, 413, 'too-large'],
  ])('refuses %s, and nobody hears of it', async (_, body, asked, status, type) => {
    const client = await open();
    const answer = await request(body, asked);
    expect(answer).toMatchObject({
      status,
      body: { type: `urn:roomcast:${type}`, status, temporary: false },
    });
    expect(Object.keys(answer.body).sort()).toEqual(['detail', 'status', 'temporary', 'title', 'type']);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    // AWS may hand it on under another name.
    if (stack.local) expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null);
    client.send({ action: 'sendmessage', message: 'a marker' });
    await client.next((frame) => frame === 'a marker');
    expect(heard(client, UNHEARD)).toBe(0);
  });

  it('is no GET', async () => {
    expect(await request(undefined, { method: 'GET' })).toMatchObject({
      status: 404,
      body: { message: 'Not Found' },
    });
  });

  it('is limited in rate, for those who have the key', async () => {
    const answers: Awaited<ReturnType<typeof request>>[] = [];
    const refusals = () => answers.filter(({ status }) => status !== 202);
    // A slow machine may take one wave as slowly as the budget refills; it will not take ten.
    for (let wave = 0; wave < 10 && refusals().length === 0; wave += 1) {
      const messages = Array.from({ length: 12 }, (_, n) => `wave ${wave}.${n}`);
      answers.push(...(await Promise.all(messages.map((message) => request({ message })))));
    }
    const refused = refusals();
    expect(refused.length).toBeGreaterThan(0);
    for (const { status, headers, body } of refused) {
      expect({ status, body }).toMatchObject({
        status: 429,
        body: { type: 'urn:roomcast:rate-limited', temporary: true, retryAfterMs: expect.any(Number) },
      });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await broadcast('after the pause');
  });

  itWithTables('tells pages of the origins that are named, and no others, that they may', async () => {
    const preflight = async (origin: string) => {
      const { status, headers } = await fetch(`${stack.httpUrl}/broadcastmessage`, {
        method: 'OPTIONS',
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'authorization,content-type',
        },
      });
      // The documents say when the headers are sent, and nothing of the status where they are not.
      if (stack.local) expect(status).toBe(204);
      return headers.get('access-control-allow-origin');
    };
    for (const origin of namedOrigins()) expect(await preflight(origin)).toBe(origin);
    expect(await preflight('https://evil.example.com')).toBeNull();
  });

  itLocally(
    'works as its line is printed',
    'ready message: the output BroadcastCommand fetches the key with the AWS CLI',
    async () => {
      const client = await open();
      await eventually(async () => {
        const { stdout } = await exec('bash', ['-c', stack.local?.broadcastCommand ?? '']);
        return JSON.parse(stdout).messageId !== undefined; // its turn may not have come yet
      });
      await client.next((frame) => frame === 'hello, everyone!');
    },
  );

  itWithTables('is not logged, and neither is the key', async () => {
    const client = await open();
    const { messageId } = await broadcast('nobody-logs-this');
    await client.next((frame) => frame === 'nobody-logs-this');
    await eventually(async () => (await stack.logged(messageId)).length > 0, LOGGED_MS);
    expect(await stack.logged('nobody-logs-this')).toEqual([]);
    // The runtime prints a line to paste when it is ready.
    const withKey = (await stack.logged(stack.broadcastKey)).filter((line) => !line.includes('curl -X POST'));
    expect(withKey).toEqual([]);
  });

  itWithTables('takes a new key after a rotation, and the old one no more', async () => {
    const secrets = new SecretsManagerClient(stack.client);
    const SecretId = await stack.secretId();
    const rotate = (SecretString: string) =>
      secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
    // A body that is refused, so that the key is all that is asked about.
    const isTaken = async (key: string) =>
      (await request({}, { authorization: `Bearer ${key}` })).status === 400;
    const becomesTaken = (key: string) =>
      eventually(async () => {
        await sleep(200);
        return isTaken(key);
      });
    await broadcast('the old key is known');
    try {
      await rotate('another-key');
      await becomesTaken('another-key');
      expect(await isTaken(stack.broadcastKey)).toBe(false);
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
    await becomesTaken(stack.broadcastKey);
  });
});

describe('the handshake', () => {
  itWithTables('is refused with 403 to pages of origins that are not named, and to nobody else', async () => {
    const named = namedOrigins();
    const strangers = ['https://evil.example.com', `${named[0]}.evil.example.com`, 'null'];
    for (const Origin of named.length > 0 ? strangers : []) {
      await expect(open({ headers: { Origin } })).rejects.toMatchObject({ status: 403 });
    }
    const welcome = named.length > 0 ? named : strangers;
    for (const headers of [...welcome.map((Origin) => ({ Origin })), undefined]) {
      const client = await open({ ...v1, headers });
      expect(await sendRequest(client, { action: 'ping' })).toMatchObject({ type: 'pong' });
    }
  });
});

describe('npm run sessions', () => {
  const run = async (...args: string[]) => {
    const command = ['--import', 'tsx', 'scripts/sessions.ts', ...args];
    const { stdout } = await exec(process.execPath, command, { cwd: root });
    return stdout;
  };
  /** All of those of today: other suites may connect to a stack that is deployed. */
  const sessions = (...args: string[]) => {
    const place = stack.local
      ? ['--port', new URL(stack.httpUrl).port]
      : ['--stack', process.env.STACK_NAME ?? ''];
    return run(...place, '--limit', '99999', '--days', '1', ...args);
  };

  itWithTables('tells when somebody came and went, and what they said and heard last', async () => {
    const [ada, bob] = [await open({ query: { username: 'Ada' } }), await open()];
    const [adaId, bobId] = [await ada.connectionId(), await bob.connectionId()];
    ada.send({ action: 'sendmessage', message: 'first' });
    await bob.next((frame) => frame === 'first');
    ada.send({ action: 'sendmessage', message: 'hello\nfrom Ada' });
    await bob.next((frame) => frame === 'hello\nfrom Ada');
    const { ts } = await broadcast('while both are here');
    await ada.next((frame) => frame === 'while both are here');
    await ada.close();
    const left = await eventually(async () => {
      const items = await stack.scan('ChatTable');
      return items.find(({ connectionId, disconnectTime }) => connectionId === adaId && disconnectTime);
    });
    await broadcast('when one has gone');

    const found: Record<string, unknown>[] = JSON.parse(await sessions('--json'));
    const times = found.map(({ connectionTime }) => Number(connectionTime));
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(found.find(({ connectionId }) => connectionId === adaId)).toEqual({
      connectionId: adaId,
      userId: expect.stringMatching(/^g-/),
      username: 'Ada',
      connectionTime: expect.any(Number),
      disconnectTime: expect.any(Number),
      latestMessage: 'hello\nfrom Ada',
      latestMessageTime: expect.any(Number),
      latestBroadcast: 'while both are here',
      latestBroadcastTime: Date.parse(ts),
    });
    const order = ['connectionTime', 'latestMessageTime', 'latestBroadcastTime', 'disconnectTime'];
    const values = order.map((time) =>
      Number(found.find(({ connectionId }) => connectionId === adaId)?.[time]),
    );
    expect(values).toEqual([...values].sort((a, b) => a - b));
    const other = found.find(({ connectionId }) => connectionId === bobId);
    expect(other).toMatchObject({ latestBroadcast: 'when one has gone' });
    expect(other).not.toHaveProperty('disconnectTime');
    expect(other).not.toHaveProperty('latestMessage');

    const printed = (await sessions()).trimEnd().split('\n');
    expect(printed.length).toBeGreaterThan(found.length);
    expect((await sessions('--limit', '2')).trimEnd().split('\n')).toHaveLength(3);
    expect(printed[0]).toMatch(
      /^connection +username +connected +disconnected +latest message +sent at +latest broadcast +sent at$/,
    );
    const line = printed.find((row) => row.startsWith(adaId));
    expect(line).toContain(new Date(Number(left.disconnectTime)).toISOString());
    expect(line).toContain('hello from Ada');
    expect(line?.split(/ {2,}/)[1]).toBe('Ada');
    expect(line).toContain(ts);
  });

  it('says what it cannot do', async () => {
    await expect(run('--limit', 'many')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--limit "many" is not a valid number'),
    });
    await expect(run('--port', '1')).rejects.toMatchObject({
      stderr: 'No runtime found on port 1. Run npm start, or select a deployed stack with --stack.\n',
    });
  });
});
