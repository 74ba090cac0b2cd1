import { AwsError } from '../src/core/service';
import { AccessControl } from '../src/iam/access-control';
import { createCredentials } from '../src/iam/credentials';
import { httpApi, route, startHttpApis } from './support/http-api';
import { arnOf, functionModel } from './support/lambda';
import { expectRecorded, readRecorded, toMatcher } from './support/recorded';
import { apiModel, createStarter, waitForMessage, waitForRejection } from './support/websocket-api';

const start = createStarter();
const limited = { takeRequest: () => false, takeConnection: () => true };
const signed = (accessKey = 'developer') => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0`,
});
const access = new AccessControl({
  functions: [functionModel({ role: { statements: [], unresolved: [] } })],
  stateMachines: [],
  rules: [],
  tables: [],
  region: 'us-east-1',
  accountId: '123456789012',
});

describe('recorded responses of @connections', () => {
  const recorded = readRecorded('connections-api');
  type Api = Awaited<ReturnType<typeof start>>;
  const post = ({ port }: Api, id: string, { stage = 'production', body = 'x', headers = signed() } = {}) =>
    fetch(`http://127.0.0.1:${port}/${stage}/@connections/${encodeURIComponent(id)}`, {
      method: 'POST',
      headers,
      body,
    });
  const unknown = 'L0SM9cOFvHcCIhw=';
  const requests: Record<string, () => Promise<Response>> = {
    gone: async () => post(await start(), unknown),
    accessDenied: async () => {
      const authorize: AccessControl['checkConnection'] = (...request) => access.checkConnection(...request);
      return post(await start({ authorize }), unknown, {
        headers: signed(createCredentials(arnOf('f')).accessKeyId),
      });
    },
    wrongStage: async () => post(await start(), unknown, { stage: 'other' }),
    invalidId: async () => post(await start(), 'test'),
    throttled: async () => post(await start({ rates: limited }), unknown),
    tooLarge: async () => post(await start(), unknown, { body: 'x'.repeat(128 * 1024 + 1) }),
  };

  it.each(Object.keys(recorded))('returns the response: %s', async (name) => {
    await expectRecorded((await requests[name]?.()) as Response, recorded[name]);
  });
});

describe('recorded responses of HTTP APIs', () => {
  const recorded = readRecorded('http-api');
  const large = { type: 'AWS_PROXY', functionArn: 'arn:large', timeoutMillis: 29_000 } as const;
  const slow = { type: 'AWS_PROXY', functionArn: 'arn:slow', timeoutMillis: 10 } as const;
  const apis = [
    httpApi([], {
      routes: [
        route('POST /slow', { integration: slow }),
        route('POST /failed'),
        route('POST /large', { integration: large }),
      ],
    }),
  ];
  const requests: Record<string, { path: string; body?: string; rates?: typeof limited }> = {
    notFound: { path: '/none' },
    functionFailed: { path: '/failed' },
    timedOut: { path: '/slow' },
    throttled: { path: '/failed', rates: limited },
    tooLarge: { path: '/failed', body: 'x'.repeat(10 * 1024 * 1024 + 1) },
    invocationTooLarge: { path: '/large' },
  };

  it.each(Object.keys(recorded))('returns the response: %s', async (name) => {
    const { path = '', body = '{}', rates } = requests[name] ?? {};
    const api = await startHttpApis({
      apis,
      ...(rates ? { rates } : {}),
      invoke: async (arn) => {
        if (arn === large.functionArn) throw new AwsError('RequestTooLargeException', 'too large', 413);
        if (arn === slow.functionArn) return new Promise(() => undefined);
        return { payload: { errorType: 'Error' }, functionError: 'Unhandled' };
      },
    });
    const response = await fetch(`${api.url}${path}`, { method: 'POST', body });
    await expectRecorded(response, recorded[name]);
    await api.stop();
  });
});

describe('recorded responses of WebSocket APIs', () => {
  interface RecordedAnswer {
    readonly status?: number;
    readonly frame?: unknown;
  }
  const recorded = readRecorded<RecordedAnswer>('websocket-api');
  const failing = (routeKey: string) => (_event: unknown, arn: string) =>
    arn === `arn:${routeKey}`
      ? { payload: { errorType: 'Error' }, functionError: 'Unhandled' as const }
      : { payload: { statusCode: 200 } };
  const frames: Record<string, Parameters<typeof start>[0]> = {
    noRoute: { apis: [apiModel(['$connect'])] },
    functionFailed: { respond: failing('sendmessage') },
    throttled: { rates: limited },
  };
  const handshakes: Record<string, Parameters<typeof start>[0]> = {
    connectFailed: { respond: failing('$connect') },
    connectThrottled: { rates: { takeRequest: () => true, takeConnection: () => false } },
    connectRejected: { respond: () => ({ payload: { statusCode: 403 } }) },
  };

  it.each(Object.keys(frames))('sends the response as a frame: %s', async (name) => {
    const { socket } = await (await start(frames[name])).connect();
    socket.send('{"action":"sendmessage"}');
    expect(JSON.parse(await waitForMessage(socket))).toEqual(toMatcher(recorded[name]?.frame));
  });

  it.each(Object.keys(handshakes))('rejects the handshake: %s', async (name) => {
    const { status } = await waitForRejection((await start(handshakes[name])).dial());
    expect(status).toBe(recorded[name]?.status);
  });

  it('covers every recorded response', () => {
    expect([...Object.keys(frames), ...Object.keys(handshakes)].sort()).toEqual(Object.keys(recorded).sort());
  });
});
