import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignatureV4 } from '@smithy/signature-v4';
import WebSocket from 'ws';
import { type SamApp, startSam } from '../src/start-sam';
import { send } from './support/http-api';

// A browser sends requests of any page to this server, and every page knows the credentials of the developer. Each test calls a
// route like a page of another origin, and this call must fail. It then calls the route like other clients, and these calls
// must succeed.

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: app.handler
      FunctionUrlConfig: { AuthType: AWS_IAM }
      Events:
        Signed: { Type: HttpApi, Properties: { Path: /v1/rooms, Method: ANY, ApiId: !Ref Api, Auth: { Authorizer: AWS_IAM } } }
        Open: { Type: HttpApi, Properties: { Path: /open, Method: POST, ApiId: !Ref Api } }
  Api: { Type: AWS::Serverless::HttpApi, Properties: { Auth: { EnableIamAuthorizer: true } } }
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: dev
      RouteSelectionExpression: $request.body.action
      Routes: { $default: { FunctionArn: !GetAtt Fn.Arn } }
  Signed:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: signed
      RouteSelectionExpression: $request.body.action
      Auth: { AuthType: AWS_IAM }
      Routes: { $connect: { FunctionArn: !GetAtt Fn.Arn }, $default: { FunctionArn: !GetAtt Fn.Arn } }
  Table: { Type: AWS::Serverless::SimpleTable }
Outputs:
  Name: { Value: !Ref Fn }
  Url: { Value: !GetAtt FnUrl.FunctionUrl }
  SocketUrl: { Value: !Sub 'wss://\${Chat}.execute-api.\${AWS::Region}.amazonaws.com/dev' }
  SignedUrl: { Value: !Sub 'wss://\${Signed}.execute-api.\${AWS::Region}.amazonaws.com/signed' }
`;

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

let folder: string;
let app: SamApp;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'foreign-pages-'));
  writeFileSync(join(folder, 'template.yaml'), TEMPLATE);
  writeFileSync(
    join(folder, 'app.js'),
    'exports.handler = async () => ({ statusCode: 200, body: "called" });',
  );
  app = await startSam({ template: join(folder, 'template.yaml') });
  port = Number(new URL(app.url).port);
});

afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true });
});

/** Signs a request with the public credentials. Returns the path with the signature in the query string. */
async function presign(service: string, method: string, path: string, body = ''): Promise<string> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const signer = new SignatureV4({ service, region: 'us-east-1', credentials, sha256: Sha256 });
  const hostname = `localhost:${port}`;
  const unsigned = { method, protocol: 'http:', hostname, path, headers: { host: hostname }, body };
  const { query = {} } = await signer.presign(unsigned, { expiresIn: 60 });
  return `${path}?${new URLSearchParams(query as Record<string, string>)}`.replaceAll('+', '%20');
}

type Headers = Record<string, string>;

interface Route {
  readonly name: string;
  /** Sends a request with additional headers. Returns the status. */
  call(headers: Headers): Promise<number>;
  readonly status: number;
}

const hostOf = () => ({ host: `localhost:${port}` });
const toCall =
  (method: string, path: string | (() => string | Promise<string>), own: Headers = {}, body = '') =>
  async (headers: Headers) => {
    const target = typeof path === 'string' ? path : await path();
    return (await send(port, method, target, { ...hostOf(), ...own, ...headers }, body)).status;
  };

const SIGNATURE = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/execute-api/aws4_request';
const toJsonCall = (target: string) =>
  toCall('POST', '/', { 'x-amz-target': target, authorization: SIGNATURE }, '{}');

/** Connects with a WebSocket. Returns the status of the handshake. */
const dial = (path: () => string | Promise<string>) => async (headers: Headers) => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${await path()}`, {
    headers: { ...hostOf(), ...headers },
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      socket.on('error', reject);
      socket.once('open', () => resolve(101));
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    });
  } finally {
    socket.on('error', () => undefined);
    socket.terminate();
  }
};

const pathOf = (name: string) => new URL(app.outputs[name] ?? '').pathname;
const views = [
  'app',
  'connections',
  'executions',
  'faults',
  'health',
  'logs',
  'metrics',
  'outputs',
  'permissions',
  'traces',
];

const routes: Route[] = [
  {
    name: 'GET of an HTTP API with IAM authorization',
    call: toCall('GET', () => presign('execute-api', 'GET', '/v1/rooms')),
    status: 200,
  },
  {
    name: 'POST of an HTTP API with IAM authorization',
    call: toCall(
      'POST',
      () => presign('execute-api', 'POST', '/v1/rooms', '{}'),
      { 'content-type': 'text/plain' },
      '{}',
    ),
    status: 200,
  },
  {
    name: 'a function URL with IAM authorization',
    call: toCall('POST', () => presign('lambda', 'POST', pathOf('Url')), { 'content-type': 'text/plain' }),
    status: 200,
  },
  {
    name: '$connect with IAM authorization',
    call: dial(() => presign('execute-api', 'GET', pathOf('SignedUrl'))),
    status: 101,
  },
  {
    name: 'the WebSocket client of the console',
    call: dial(() => `/_local/clients/page${pathOf('SocketUrl')}`),
    status: 101,
  },
  {
    name: 'GET of @connections',
    call: toCall('GET', '/dev/@connections/SOcT_Z_X5F9mXwE=', { authorization: SIGNATURE }),
    status: 410,
  },
  {
    name: 'POST of @connections',
    call: toCall('POST', '/dev/@connections/SOcT_Z_X5F9mXwE=', { authorization: SIGNATURE }, 'x'),
    status: 410,
  },
  {
    name: 'DELETE of @connections',
    call: toCall('DELETE', '/dev/@connections/SOcT_Z_X5F9mXwE=', { authorization: SIGNATURE }),
    status: 410,
  },
  { name: 'DynamoDB at POST /', call: toJsonCall('DynamoDB_20120810.ListTables'), status: 200 },
  { name: 'Step Functions at POST /', call: toJsonCall('AWSStepFunctions.ListStateMachines'), status: 200 },
  { name: 'SQS at POST /', call: toJsonCall('AmazonSQS.ListQueues'), status: 200 },
  {
    name: 'Invoke of Lambda',
    call: toCall(
      'POST',
      () => `/2015-03-31/functions/${app.outputs.Name}/invocations`,
      { authorization: SIGNATURE },
      '{}',
    ),
    status: 200,
  },
  {
    name: 'X-Ray',
    call: toCall('POST', '/TraceSummaries', { authorization: SIGNATURE }, '{"StartTime":1,"EndTime":2}'),
    status: 200,
  },
  ...views.map((view) => ({
    name: `GET /_local/${view}`,
    call: toCall('GET', `/_local/${view}`),
    status: 200,
  })),
  { name: 'GET /_local/', call: toCall('GET', '/_local/'), status: 200 },
  {
    name: 'POST /_local/faults',
    call: toCall(
      'POST',
      '/_local/faults',
      { 'content-type': 'text/plain' },
      '{"service":"sqs","kind":"latency"}',
    ),
    status: 201,
  },
  { name: 'DELETE /_local/faults', call: toCall('DELETE', '/_local/faults'), status: 204 },
  {
    name: 'POST /_local/connections/ID/drop',
    call: toCall('POST', '/_local/connections/abc=/drop'),
    status: 404,
  },
];

describe.each(routes)('$name', ({ call, status }) => {
  it.each<[string, Headers]>([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['a sandboxed frame or a local file', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['another port of localhost', { origin: 'http://localhost:1', 'sec-fetch-site': 'same-site' }],
    [
      'another site, without an Origin header',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ],
    [
      'another port, without an Origin header',
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
    ],
  ])('rejects requests from pages of %s', async (_name, headers) => {
    expect(await call(headers)).toBe(403);
  });

  it('serves SDKs and curl, addresses that the user entered, and pages of this server', async () => {
    expect(await call({})).toBe(status);
    expect(await call({ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' })).toBe(status);
    expect(await call({ 'sec-fetch-site': 'same-origin' })).toBe(status);
    expect(await call({ origin: `http://localhost:${port}`, 'sec-fetch-site': 'same-origin' })).toBe(status);
  });
});

it('serves the event stream of the console only to pages of this server', async () => {
  const open = (headers: Headers) =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = {
        port,
        host: '127.0.0.1',
        path: '/_local/stream',
        headers: { ...hostOf(), ...headers },
      };
      const stream = request(options, (response) => {
        resolve(response.statusCode);
        stream.destroy();
      });
      stream.on('error', reject).end();
    });
  expect(await open({ origin: 'https://evil.example' })).toBe(403);
  expect(await open({ 'sec-fetch-site': 'same-origin' })).toBe(200);
});

it('opens the console from a link on another site', async () => {
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  expect(await toCall('GET', '/_local/')(link)).toBe(200);
  expect(await toCall('POST', '/_local/connections/abc=/drop')(link)).toBe(403);
  expect(await toCall('GET', () => presign('execute-api', 'GET', '/v1/rooms'))(link)).toBe(403);
});

it('does not check the origin of requests to routes without a signature', async () => {
  const foreign = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
  expect(await toCall('POST', '/open')(foreign)).toBe(200);
  expect(await dial(() => pathOf('SocketUrl'))(foreign)).toBe(101);
});

it('listens on the loopback interface only', async () => {
  const others = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
  );
  const accepts = (host: string) =>
    new Promise<boolean>((resolve) => {
      const socket = connect({ host, port });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  expect(await accepts('127.0.0.1')).toBe(true);
  expect(await Promise.all(others.map(accepts))).toEqual(others.map(() => false));
});
