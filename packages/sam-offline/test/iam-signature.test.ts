import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { AccessControl } from '../src/iam/access-control';
import { createCredentials } from '../src/iam/credentials';
import { type SignedRequest, verifySignature } from '../src/iam/signature';
import { httpApi, route, send, startHttpApis } from './support/http-api';
import { arnOf, functionModel } from './support/lambda';

const NOW = Date.parse('2015-08-30T12:36:00Z');

/** The example `get-vanilla-query-order-key-case` of AWS's Signature Version 4 test suite. */
const example: SignedRequest = {
  method: 'GET',
  url: '/?Param2=value2&Param1=value1',
  headers: {
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, ' +
      'Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  body: Buffer.alloc(0),
};

const secretOf = (key: string): string | undefined =>
  key === 'AKIDEXAMPLE' ? 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' : undefined;
const options = { service: 'service', region: 'us-east-1', now: NOW, secretOf };
const verify = (changes: Partial<SignedRequest>, other: Partial<typeof options> = {}) =>
  verifySignature({ ...example, ...changes }, { ...options, ...other });
const header = (changes: Record<string, string>) => ({ headers: { ...example.headers, ...changes } });

describe('Signature Version 4', () => {
  it('returns the access key of a valid signature', () => {
    expect(verify({})).toBe('AKIDEXAMPLE');
    expect(verify({ url: '/?Param1=value1&Param2=value2' })).toBe('AKIDEXAMPLE');
    expect(verify(header({ host: '  example.amazonaws.com ' }))).toBe('AKIDEXAMPLE');
  });

  it.each<[string, Partial<SignedRequest>, Partial<typeof options>]>([
    ['another method', { method: 'POST' }, {}],
    ['another path', { url: '/a?Param2=value2&Param1=value1' }, {}],
    ['another query', { url: '/?Param2=value2&Param1=value3' }, {}],
    ['another body', { body: Buffer.from('x') }, {}],
    ['another host', header({ host: 'other.example.com' }), {}],
    ['another secret', {}, { secretOf: () => 'other' }],
    ['an unknown access key', {}, { secretOf: () => undefined }],
    ['another service', {}, { service: 'execute-api' }],
    ['another Region', {}, { region: 'eu-central-1' }],
    ['a time more than five minutes ago', {}, { now: NOW + 300_001 }],
    ['a time more than five minutes ahead', {}, { now: NOW - 300_001 }],
    ['no time', header({ 'x-amz-date': '' }), {}],
    ['another day', header({ 'x-amz-date': '20150831T123600Z' }), { now: NOW + 86_400_000 }],
    ['an invalid signature', header({ authorization: 'AWS4-HMAC-SHA256 Signature=00' }), {}],
    ['no signature', header({ authorization: '' }), {}],
  ])('rejects %s', (_name, changes, other) => {
    expect(verify(changes, other)).toBeUndefined();
  });

  it('accepts a signature that is five minutes old', () => {
    expect(verify({}, { now: NOW + 300_000 })).toBe('AKIDEXAMPLE');
  });
});

const REGION = 'us-east-1';
const ACCOUNT = '111122223333';

/** Signs a request without a query. Implements the algorithm independently of the tested code. */
function sign(
  method: string,
  path: string,
  host: string,
  body: string,
  accessKey: string,
  secret: string,
  service = 'execute-api',
) {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const hash = (data: string) => createHash('sha256').update(data).digest('hex');
  const canonical = `${method}\n${path}\n\nhost:${host}\nx-amz-date:${time}\n\nhost;x-amz-date\n${hash(body)}`;
  const scope = `${day}/${REGION}/${service}/aws4_request`;
  let key: Buffer | string = `AWS4${secret}`;
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash(canonical)}`;
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`;
  return { Host: host, 'X-Amz-Date': time, Authorization: authorization };
}

describe('routes with IAM authorization', () => {
  const stops: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function start(resource: string) {
    const statements = [{ Effect: 'Allow' as const, Action: 'execute-api:Invoke', Resource: resource }];
    const functions = [functionModel({ role: { statements, unresolved: [] } })];
    const access = new AccessControl({
      ...{ functions, stateMachines: [], rules: [], tables: [], region: REGION, accountId: ACCOUNT },
    });
    const apis = await startHttpApis({
      apis: [httpApi([], { routes: [route('POST /rooms/{room}', { requiresIam: true })] })],
      authorize: (request) => access.findCaller(request),
    });
    stops.push(apis.stop);
    const call = (accessKey: string, secret = 'local', token?: string) => {
      const headers = sign('POST', '/rooms/1', `localhost:${apis.port}`, '{}', accessKey, secret);
      const all = token === undefined ? headers : { ...headers, 'x-amz-security-token': token };
      return send(apis.port, 'POST', '/rooms/1', all, '{}');
    };
    return { ...apis, call };
  }

  const FORBIDDEN = { status: 403, body: '{"message":"Forbidden"}' };
  const ARN = `arn:aws:execute-api:${REGION}:${ACCOUNT}:a1b2c3d4e5`;

  it('accepts the developer, and passes the caller to the function', async () => {
    const { call, events } = await start('*');
    expect((await call('local')).status).toBe(200);
    const userArn = `arn:aws:iam::${ACCOUNT}:user/local`;
    expect(events[0]?.requestContext.authorizer).toMatchObject({
      iam: { accessKey: 'local', accountId: ACCOUNT, cognitoIdentity: null, userArn },
    });
  });

  it('accepts a function only if its role allows the route', async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = createCredentials(arnOf('f'));
    const callOn = async (resource: string) =>
      (await start(`${ARN}/*/${resource}`)).call(accessKeyId, secretAccessKey, sessionToken);
    expect((await callOn('POST/rooms/*')).status).toBe(200);
    expect(await callOn('GET/rooms/*')).toMatchObject(FORBIDDEN);
  });

  // docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html
  it.each([undefined, 'other'])('rejects temporary credentials with the session token %s', async (token) => {
    const { accessKeyId, secretAccessKey } = createCredentials(arnOf('f'));
    const { call } = await start('*');
    expect(await call(accessKeyId, secretAccessKey, token)).toMatchObject(FORBIDDEN);
  });

  it('rejects unsigned requests and unknown credentials', async () => {
    const { port, call, events } = await start('*');
    expect(await send(port, 'POST', '/rooms/1')).toMatchObject(FORBIDDEN);
    expect(await call('other')).toMatchObject(FORBIDDEN);
    expect(await call('local', 'wrong')).toMatchObject(FORBIDDEN);
    expect(events).toEqual([]);
  });

  it('rejects all requests if access control is off', async () => {
    const apis = await startHttpApis({
      apis: [httpApi([], { routes: [route('POST /m', { requiresIam: true })] })],
    });
    stops.push(apis.stop);
    expect(await send(apis.port, 'POST', '/m')).toMatchObject(FORBIDDEN);
  });
});

// docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
describe('function URLs with IAM authorization', () => {
  const FUNCTION_ARN = arnOf('target');
  const condition = (key: string, value: string) => ({ StringEquals: { [`lambda:${key}`]: value } });

  const accepts = (...allowed: { Action: string; Condition?: Record<string, Record<string, string>> }[]) => {
    const statements = allowed.map((each) => ({ Effect: 'Allow' as const, Resource: FUNCTION_ARN, ...each }));
    const access = new AccessControl({
      functions: [functionModel({ role: { statements, unresolved: [] } })],
      ...{ stateMachines: [], rules: [], tables: [], region: REGION, accountId: ACCOUNT },
    });
    const { accessKeyId, secretAccessKey, sessionToken } = createCredentials(arnOf('f'));
    const signed = sign('GET', '/', 'localhost', '', accessKeyId, secretAccessKey, 'lambda');
    const entries = Object.entries({ ...signed, 'x-amz-security-token': sessionToken });
    const headers = Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
    const request = { method: 'GET', url: '/', headers, body: Buffer.alloc(0), now: Date.now() };
    return access.findUrlCaller({ ...request, functionArn: FUNCTION_ARN }) !== undefined;
  };

  it('requires the caller to have two permissions', () => {
    const url = {
      Action: 'lambda:InvokeFunctionUrl',
      Condition: condition('FunctionUrlAuthType', 'AWS_IAM'),
    };
    const invoke = { Action: 'lambda:InvokeFunction', Condition: condition('InvokedViaFunctionUrl', 'true') };
    expect(accepts(url, invoke)).toBe(true);
    expect(accepts(url)).toBe(false);
    expect(accepts(invoke)).toBe(false);
    expect(accepts({ ...url, Condition: condition('FunctionUrlAuthType', 'NONE') }, invoke)).toBe(false);
  });
});

/** The hash function of the signer. Computes an HMAC if it receives a key. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: unknown) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Buffer);
  }

  update(data: unknown): void {
    this.hash.update(data as Buffer);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {}
}

// docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
describe('Signature Version 4 in the query string', () => {
  const signer = new SignatureV4({
    service: 'execute-api',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token/+=' },
    sha256: Sha256,
  });

  async function presign(expiresIn = 60): Promise<SignedRequest> {
    const headers = { host: 'api.example.com' };
    const request = { method: 'GET', protocol: 'wss:', hostname: 'api.example.com', path: '/prod', headers };
    const query = { room: 'a b' };
    const options = { expiresIn, signingDate: new Date(NOW) };
    const { query: signed = {} } = await signer.presign({ ...request, query }, options);
    const url = `/prod?${new URLSearchParams(signed as Record<string, string>)}`.replaceAll('+', '%20');
    return { method: 'GET', url, headers, body: Buffer.alloc(0) };
  }
  const check = (request: SignedRequest, now = NOW) =>
    verifySignature(request, { service: 'execute-api', region: 'us-east-1', now, secretOf: () => 'secret' });

  it('is valid until it expires', async () => {
    const request = await presign();
    expect(check(request)).toBe('AKIDEXAMPLE');
    expect(check(request, NOW + 60_000)).toBe('AKIDEXAMPLE');
    expect(check(request, NOW + 60_001)).toBeUndefined();
    expect(check(request, NOW - 300_001)).toBeUndefined();
  });

  it.each([
    ['another parameter', /room=a%20b/, 'room=c'],
    ['a longer validity', /X-Amz-Expires=60/, 'X-Amz-Expires=61'],
    ['no validity', /X-Amz-Expires=60/, 'X-Amz-Expires=0'],
    ['a validity of more than seven days', /X-Amz-Expires=60/, 'X-Amz-Expires=604801'],
    ['another algorithm', /AWS4-HMAC-SHA256/, 'other'],
    ['an invalid signature', /X-Amz-Signature=\w+/, 'X-Amz-Signature=00'],
    ['another session token', /X-Amz-Security-Token=[^&]+/, 'X-Amz-Security-Token=other'],
  ])('is rejected with %s', async (_name, part, replacement) => {
    const request = await presign();
    const url = request.url.replace(part, replacement);
    expect(url).not.toBe(request.url);
    expect(check({ ...request, url })).toBeUndefined();
  });
});
