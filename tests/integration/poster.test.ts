import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { type ConnectionsApi, createConnectionsApi } from '../../functions/aws/api-gateway/connections-api';
import { createPoster } from '../../functions/aws/api-gateway/poster';

const CONNECTION = 'L0SM9cOFvHcCIhw=';
const FRAME = '{"type":"message","text":"grüße 👋"}';
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a secret', sessionToken: 'a/token+1==' };

interface Recorded {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** The poster of the hot loop, held against the SDK's client: what it is derived from, and must not differ from. */
describe('the poster', () => {
  let server: Server;
  let client: ApiGatewayManagementApiClient;
  let posters: Record<'fast' | 'sdk', Pick<ConnectionsApi, 'post'>>;
  const requests: Recorded[] = [];
  let answer = { status: 200, headers: {}, body: '' };

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method = '', url = '', headers } = request;
      requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/production`;
    client = new ApiGatewayManagementApiClient({
      endpoint,
      region: 'eu-west-1',
      credentials,
      maxAttempts: 1,
    });
    posters = { fast: createPoster(client, endpoint), sdk: createConnectionsApi(client) };
  });
  beforeEach(() => {
    requests.length = 0;
    answer = { status: 200, headers: {}, body: '' };
  });
  afterAll(() => {
    client.destroy();
    server.close();
  });

  const recorded = async (name: keyof typeof posters): Promise<Recorded> => {
    expect(await posters[name].post(CONNECTION, FRAME)).toBe('delivered');
    return requests.pop() as Recorded;
  };

  it('puts the same request on the wire', async () => {
    const [fast, sdk] = [await recorded('fast'), await recorded('sdk')];
    const parts = ({ method, path, headers, body }: Recorded) => ({
      method,
      path,
      body,
      host: headers.host,
      type: headers['content-type'],
      length: headers['content-length'],
      token: headers['x-amz-security-token'],
    });
    expect(parts(fast)).toEqual(parts(sdk));
    expect(fast.path).toBe('/production/@connections/L0SM9cOFvHcCIhw%3D');
  });

  it.each(['fast', 'sdk'] as const)('signs it as AWS verifies it (%s)', async (name) => {
    const request = await recorded(name);
    expect(request.headers.authorization).toContain(`/eu-west-1/execute-api/aws4_request`);
    expect(signatureIn(request)).toBe(expectedSignature(request));
  });

  const refusal = (status: number, name: string) => ({
    status,
    headers: { 'x-amzn-errortype': name, 'content-type': 'application/json' },
    body: '{"message":"no"}',
  });

  it.each([
    [410, 'GoneException', 'gone'],
    [429, 'LimitExceededException', 'throttled'],
  ])('tells %d as the SDK does', async (status, name, posted) => {
    answer = refusal(status, name);
    expect(await posters.fast.post(CONNECTION, FRAME)).toBe(posted);
    expect(await posters.sdk.post(CONNECTION, FRAME)).toBe(posted);
  });

  it.each([
    [403, 'ForbiddenException'],
    [413, 'PayloadTooLargeException'],
  ])('fails for %d with the error of the SDK', async (status, name) => {
    answer = refusal(status, name);
    await expect(posters.fast.post(CONNECTION, FRAME)).rejects.toMatchObject({ name });
    await expect(posters.sdk.post(CONNECTION, FRAME)).rejects.toMatchObject({ name });
  });

  it('fails for what no model names, with what was answered', async () => {
    answer = { status: 502, headers: {}, body: 'bad gateway' };
    await expect(posters.fast.post(CONNECTION, FRAME)).rejects.toThrow('bad gateway');
    await expect(posters.sdk.post(CONNECTION, FRAME)).rejects.toThrow();
  });

  it('keeps its connections open', async () => {
    const connections = new Set<object>();
    server.on('connection', (socket) => connections.add(socket));
    for (let post = 0; post < 10; post += 1) await posters.fast.post(CONNECTION, FRAME);
    expect(connections.size).toBeLessThanOrEqual(1);
  });
});

function signatureIn({ headers }: Recorded): string | undefined {
  return /Signature=([0-9a-f]{64})/.exec(headers.authorization ?? '')?.[1];
}

/**
 * Signature Version 4 from the receiver's side, by the words of
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
function expectedSignature({ method, path, headers, body }: Recorded): string {
  const [, scope = '', signed = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  const canonical = [
    method,
    path.split('/').map(encodeURIComponent).join('/'),
    '',
    ...signed.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signed,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const text = [
    'AWS4-HMAC-SHA256',
    headers['x-amz-date'],
    scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  return createHmac('sha256', key).update(text).digest('hex');
}
