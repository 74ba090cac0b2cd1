import { join } from 'node:path';
import WebSocket from 'ws';
import { type Runtime, startRuntime } from '../src/app/runtime';
import { isAwsHost, parseAwsHost } from '../src/aws/aws-host';
import { waitForMessage, waitForOpen } from './support/websocket-api';

describe('AWS host names', () => {
  it.each([
    ['dynamodb.eu-west-1.amazonaws.com', 'dynamodb', 'eu-west-1', ''],
    ['dynamodb.cn-north-1.amazonaws.com.cn', 'dynamodb', 'cn-north-1', ''],
    ['DynamoDB.us-gov-west-1.amazonaws.com:443', 'dynamodb', 'us-gov-west-1', ''],
    ['123456789012.ddb.us-east-1.amazonaws.com', 'dynamodb', 'us-east-1', '123456789012'],
    ['dynamodb-fips.us-east-1.amazonaws.com', 'dynamodb', 'us-east-1', ''],
    ['sqs.us-east-1.api.aws', 'sqs', 'us-east-1', ''],
    ['us-east-1.queue.amazonaws.com', 'sqs', 'us-east-1', ''],
    ['sync-states.us-east-1.amazonaws.com', 'states', 'us-east-1', ''],
    ['a1b2.execute-api.us-east-1.amazonaws.com', 'execute-api', 'us-east-1', 'a1b2'],
    ['a1b2.execute-api.us-east-1.api.aws', 'execute-api', 'us-east-1', 'a1b2'],
    ['bucket.name.s3.dualstack.us-east-1.amazonaws.com', 's3', 'us-east-1', 'bucket.name'],
    ['sts.amazonaws.com', 'sts', undefined, ''],
    ['abc.lambda-url.us-east-1.on.aws', 'lambda-url', 'us-east-1', 'abc'],
  ])('parses %s', (host, service, region, prefix) => {
    expect(parseAwsHost(host)).toEqual({ service, prefix, ...(region === undefined ? {} : { region }) });
  });

  it.each(['amazonaws.com', 'localhost', 'x.amazonaws.com.example', 'notamazonaws.com', 'aws.amazon.com'])(
    'ignores %s',
    (host) => {
      expect(isAwsHost(host)).toBe(false);
      expect(parseAwsHost(host)).toBeUndefined();
    },
  );
});

describe('a function that calls AWS without an endpoint', () => {
  let runtime: Runtime;
  const notices: object[] = [];

  beforeAll(async () => {
    const template = join(__dirname, 'fixtures/aws-hosts/template.yaml');
    runtime = await startRuntime({ template, port: 0, onNotice: (notice) => notices.push(notice) });
  });
  afterAll(() => runtime.close());

  const call = async (event: object): Promise<{ result?: unknown; name?: string; message?: string }> => {
    const name = runtime.app.functions.find(({ logicalId }) => logicalId === 'Caller')?.name;
    const url = `http://127.0.0.1:${runtime.port}/2015-03-31/functions/${name}/invocations`;
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=local/' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event) });
    return (await response.json()) as object;
  };

  it('reaches a service with an SDK client', async () => {
    expect(await call({ client: 'dynamodb' })).toEqual({ result: { id: { S: 'a' } } });
  });

  it('reaches a queue by its URL', async () => {
    expect(await call({ client: 'sqs' })).toEqual({ result: expect.stringMatching(/^[\da-f-]{36}$/) });
  });

  it('reaches an HTTP API with fetch', async () => {
    const url = `${process.env.AWS_REGION ?? 'us-east-1'}.amazonaws.com`;
    const { apiId } = runtime.app.httpApis[0] ?? {};
    expect(await call({ client: 'fetch', url: `https://${apiId}.execute-api.${url}/hello` })).toEqual({
      result: { status: 200, body: 'hello' },
    });
    expect(await call({ client: 'fetch', url: `https://other.execute-api.${url}/hello` })).toEqual({
      result: { status: 403, body: '{"message":"Forbidden"}' },
    });
  });

  it.each(['http', 'https'])('reaches a service with %s', async (client) => {
    expect(
      await call({ client, url: `${client}://lambda.us-east-1.amazonaws.com/2015-03-31/functions` }),
    ).toEqual({ result: 403 });
  });

  it('connects through an encrypted socket', async () => {
    expect(await call({ client: 'tls', host: 'events.us-east-1.amazonaws.com' })).toEqual({
      result: { authorized: true, encrypted: true, protocol: 'TLSv1.3' },
    });
  });

  it('gets an error with the name of a service that is not emulated', async () => {
    const message = 'sam-offline does not emulate s3 (s3.us-east-1.amazonaws.com).';
    expect(await call({ client: 's3' })).toEqual({ name: 'NotEmulated', message });
    const functionName = expect.stringContaining('Caller');
    expect(notices).toContainEqual({ failed: 'aws-request', functionName, reason: message });
  });

  it('gets an error with the Region of the application', async () => {
    expect(await call({ client: 'dynamodb', region: 'eu-west-1' })).toEqual({
      name: 'NotEmulated',
      message:
        'The application runs in us-east-1, but the request is for eu-west-1 (dynamodb.eu-west-1.amazonaws.com). ' +
        'To run it there, set the environment variable AWS_REGION=eu-west-1.',
    });
  });

  it.each([
    ['http2', { url: 'https://bedrock-runtime.us-east-1.amazonaws.com' }, ':443'],
    ['database', { host: 'db.abc.us-east-1.rds.amazonaws.com' }, 'rds.amazonaws.com:5432'],
  ])('gets an error for an unsupported protocol (%s)', async (client, address, text) => {
    const { message } = await call({ client, ...address });
    expect(message).toContain('The local runtime emulates only services with HTTP/1.1, not ');
    expect(message).toContain(text);
  });

  it.each([
    ['sdk', /^[a-z\d]{10}\.execute-api\.us-east-1\.amazonaws\.com$/],
    ['https', /^https$/],
  ])('replies through the endpoint in a WebSocket event (%s)', async (frame, answer) => {
    const socket = new WebSocket(`ws://127.0.0.1:${runtime.port}/dev`);
    await waitForOpen(socket);
    socket.send(frame);
    expect(await waitForMessage(socket)).toMatch(answer);
    socket.terminate();
  });
});
