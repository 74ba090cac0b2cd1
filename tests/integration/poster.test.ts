import crypto, { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiGatewayManagementApiClient, GoneException } from '@aws-sdk/client-apigatewaymanagementapi';
import { type ConnectionsApi, createConnectionsApi } from '../../aws/api-gateway/connections-api';
import { createPostSigner } from '../../aws/transport/post-signer';
import { createPoster } from '../../aws/transport/poster';

const CONNECTION = 'L0SM9cOFvHcCIhw=';
const FRAME = '{"type":"message","text":"grüße 👋"}';
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a secret', sessionToken: 'a/token+1==' };

interface Recorded {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Compares the poster with the SDK client that it replaces. */
describe('poster', () => {
  let server: Server;
  let client: ApiGatewayManagementApiClient;
  let posters: Record<'fast' | 'sdk', Pick<ConnectionsApi, 'post'>>;
  const requests: Recorded[] = [];
  let response = { status: 200, headers: {}, body: '' };

  beforeAll(async () => {
    server = createServer(async (request, reply) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method = '', url = '', headers } = request;
      requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() });
      reply.writeHead(response.status, response.headers).end(response.body);
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
    response = { status: 200, headers: {}, body: '' };
  });
  afterAll(() => {
    client.destroy();
    server.close();
  });

  const postAndRecord = async (name: keyof typeof posters): Promise<Recorded> => {
    expect(await posters[name].post(CONNECTION, FRAME)).toBe('delivered');
    return requests.pop() as Recorded;
  };

  it('sends the same request as the SDK', async () => {
    const [fast, sdk] = [await postAndRecord('fast'), await postAndRecord('sdk')];
    const selectParts = ({ method, path, headers, body }: Recorded) => ({
      method,
      path,
      body,
      host: headers.host,
      type: headers['content-type'],
      length: headers['content-length'],
      token: headers['x-amz-security-token'],
    });
    expect(selectParts(fast)).toEqual(selectParts(sdk));
    expect(fast.path).toBe('/production/@connections/L0SM9cOFvHcCIhw%3D');
  });

  it.each(['fast', 'sdk'] as const)('sends a valid signature (%s)', async (name) => {
    const request = await postAndRecord(name);
    expect(request.headers.authorization).toContain(`/eu-west-1/execute-api/aws4_request`);
    expect(readSignature(request)).toBe(computeSignature(request));
  });

  it('signs the headers that the SDK signs, except headers that only the SDK sends', async () => {
    const readSigned = ({ headers }: Recorded) =>
      /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1];
    const [fast, sdk] = [readSigned(await postAndRecord('fast')), readSigned(await postAndRecord('sdk'))];
    const isOfSdk = (name: string) => name.startsWith('amz-sdk-') || name === 'x-amz-user-agent';
    expect(fast?.split(';')).toEqual(sdk?.split(';').filter((name) => !isOfSdk(name)));
  });

  it('signs each frame correctly', async () => {
    for (const text of ['a', 'b', 'a', ...'cdefghijk', 'a']) {
      await posters.fast.post(CONNECTION, text);
      const request = requests.pop() as Recorded;
      expect(request.body).toBe(text);
      expect(readSignature(request)).toBe(computeSignature(request));
    }
  });

  it('caches the hashes of at most eight frames', async () => {
    const config = { credentials: async () => credentials, region: async () => 'eu-west-1' };
    const sign = createPostSigner(config as never, 'example.com', '/production');
    const hash = jest.spyOn(crypto, 'hash');
    for (const text of [...'abcdefgh', ...'abcdefgh', 'i', 'a', 'i']) await sign(CONNECTION, text);
    const hashed = hash.mock.calls.map(([, data]) => String(data)).filter(({ length }) => length === 1);
    hash.mockRestore();
    expect(hashed.join('')).toBe('abcdefghia');
  });

  it('derives the signing key once a day', async () => {
    const config = { credentials: async () => credentials, region: async () => 'eu-west-1' };
    const sign = createPostSigner(config as never, 'example.com', '/production');
    const now = jest.spyOn(Date, 'now');
    const hmac = jest.spyOn(crypto, 'createHmac');
    const counts: number[] = [];
    for (const time of ['2026-01-25T00:00:00Z', '2026-01-25T23:59:59Z', '2026-01-26T00:00:00Z']) {
      now.mockReturnValue(Date.parse(time));
      hmac.mockClear();
      await sign(CONNECTION, FRAME);
      counts.push(hmac.mock.calls.length);
    }
    now.mockRestore();
    hmac.mockRestore();
    expect(counts).toEqual([5, 1, 5]); // Deriving the key takes one HMAC for each of the four parts of the scope.
  });

  it('signs with new credentials and on a new day', async () => {
    const other = { accessKeyId: 'AKIAOTHER', secretAccessKey: 'another secret' };
    const identities = [credentials, other, other];
    const days = ['2026-01-01T23:59:59.999Z', '2026-01-01T23:59:59.999Z', '2026-01-02T00:00:00.000Z'];
    const config = { credentials: async () => identities.shift(), region: async () => 'eu-west-1' };
    const sign = createPostSigner(config as never, 'example.com', '/production');
    const sent: Record<string, string>[] = [];
    const now = jest.spyOn(Date, 'now');
    for (const day of days) {
      now.mockReturnValue(Date.parse(day));
      sent.push(await sign(CONNECTION, FRAME));
    }
    now.mockRestore();
    const path = `/production/@connections/${encodeURIComponent(CONNECTION)}`;
    const secrets = [credentials.secretAccessKey, other.secretAccessKey, other.secretAccessKey];
    for (const [index, headers] of sent.entries()) {
      const request = { method: 'POST', path, headers, body: FRAME };
      expect(readSignature(request)).toBe(computeSignature(request, secrets[index]));
    }
    expect(sent.map((headers) => headers['x-amz-security-token'])).toEqual([
      credentials.sessionToken,
      undefined,
      undefined,
    ]);
    expect(sent.map((headers) => headers['x-amz-date'])).toEqual([
      '20260101T235959Z',
      '20260101T235959Z',
      '20260102T000000Z',
    ]);
  });

  const createRejection = (status: number, name: string) => ({
    status,
    headers: { 'x-amzn-errortype': name, 'content-type': 'application/json' },
    body: '{"message":"no"}',
  });

  it.each([
    [410, 'GoneException', 'gone'],
    [429, 'LimitExceededException', 'throttled'],
  ])('returns the same result as the SDK for status %d', async (status, name, posted) => {
    response = createRejection(status, name);
    expect(await posters.fast.post(CONNECTION, FRAME)).toBe(posted);
    expect(await posters.sdk.post(CONNECTION, FRAME)).toBe(posted);
  });

  it.each([
    [403, 'ForbiddenException'],
    [413, 'PayloadTooLargeException'],
  ])('throws the same error as the SDK for status %d', async (status, name) => {
    response = createRejection(status, name);
    await expect(posters.fast.post(CONNECTION, FRAME)).rejects.toMatchObject({ name });
    await expect(posters.sdk.post(CONNECTION, FRAME)).rejects.toMatchObject({ name });
  });

  it('throws an error that contains the response body for any other status', async () => {
    response = { status: 502, headers: {}, body: 'bad gateway' };
    await expect(posters.fast.post(CONNECTION, FRAME)).rejects.toThrow('bad gateway');
    await expect(posters.sdk.post(CONNECTION, FRAME)).rejects.toThrow();
  });

  it('posts to the default port of an endpoint without a port', async () => {
    const requests: { hostname: string; port?: number; path: string; protocol: string }[] = [];
    const requestHandler = {
      handle: async (request: (typeof requests)[number]) => {
        requests.push(request);
        return { response: { statusCode: 200, body: { resume: () => undefined } } };
      },
    };
    const config = { ...client.config, requestHandler } as unknown as typeof client.config;
    const poster = createPoster({ config } as typeof client, 'https://a1b2.example.com/production/');
    await poster.post(CONNECTION, FRAME);
    expect(requests[0]).toMatchObject({
      protocol: 'https:',
      hostname: 'a1b2.example.com',
      path: '/production/@connections/L0SM9cOFvHcCIhw%3D',
    });
    expect(requests[0]?.port).toBeUndefined();
  });

  it('reuses its TCP connections', async () => {
    const connections = new Set<object>();
    server.on('connection', (socket) => connections.add(socket));
    for (let post = 0; post < 10; post += 1) await posters.fast.post(CONNECTION, FRAME);
    expect(connections.size).toBeLessThanOrEqual(1);
  });
});

describe('getConnection', () => {
  const create = (result: unknown) =>
    createConnectionsApi({
      send: async () => {
        if (result instanceof Error) throw result;
        return result;
      },
    } as unknown as ApiGatewayManagementApiClient);
  const times = { ConnectedAt: new Date(1), LastActiveAt: new Date(2) };

  it('returns the details of the connection', async () => {
    const Identity = { SourceIp: '192.0.2.1', UserAgent: 'wscat' };
    expect(await create({ ...times, Identity }).getConnection('c')).toEqual({
      connectedAt: new Date(1),
      lastActiveAt: new Date(2),
      sourceIp: '192.0.2.1',
      userAgent: 'wscat',
    });
    const withoutAgent = { ...times, Identity: { SourceIp: '192.0.2.1' } };
    expect(await create(withoutAgent).getConnection('c')).toMatchObject({ userAgent: null });
  });

  it('returns undefined for a closed connection, and throws other errors', async () => {
    const gone = new GoneException({ $metadata: {}, message: 'gone' });
    expect(await create(gone).getConnection('c')).toBeUndefined();
    const error = new Error('unreachable');
    await expect(create(error).getConnection('c')).rejects.toBe(error);
  });
});

function readSignature({ headers }: Recorded): string | undefined {
  return /Signature=([0-9a-f]{64})/.exec(headers.authorization ?? '')?.[1];
}

/**
 * Computes the expected signature (Signature Version 4) from the received request:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
function computeSignature(
  { method, path, headers, body }: Recorded,
  secret = credentials.secretAccessKey,
): string {
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
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return createHmac('sha256', key).update(text).digest('hex');
}
