import crypto, { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { createSigner } from '../../functions/aws/signer';

const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a secret', sessionToken: 'a/token+1==' };

/** SHA-256 and its HMAC as the SDK's signer needs them. */
class Sha256 {
  private readonly hash;
  constructor(secret?: string | Uint8Array) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: Uint8Array): void {
    this.hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }
  reset(): void {
    throw new Error('unused');
  }
}

function createRequest(path: string, body: string | Uint8Array | undefined) {
  return {
    method: 'POST',
    protocol: 'https:',
    hostname: 'dynamodb.eu-west-1.amazonaws.com',
    path,
    query: {},
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.PutItem',
      'user-agent': 'aws-sdk-js',
      'x-amz-user-agent': 'aws-sdk-js',
      host: 'dynamodb.eu-west-1.amazonaws.com',
      'amz-sdk-request': 'attempt=1; max=3',
      'X-Amzn-Trace-Id': 'Root=1',
      // A proxy can change these. They are not signed.
      connection: 'keep-alive',
      expect: '100-continue',
    } as Record<string, string>,
    body,
  };
}

/** Signs a request with the SDK's signer. */
async function signWithSdk(
  request: ReturnType<typeof createRequest>,
  options: object,
  identity = credentials,
) {
  const config = { service: 'dynamodb', region: 'eu-west-1', credentials: identity, sha256: Sha256 };
  const signed: unknown = await new SignatureV4(config as never).sign(request as never, options);
  return signed as typeof request;
}

describe('signer', () => {
  it.each<[string, string, string | Uint8Array | undefined]>([
    ['a text', '/', '{"TableName":"grüße"}'],
    ['bytes', '/', new TextEncoder().encode('{"TableName":"grüße 👋"}')],
    ['no body', '/', undefined],
    ['a path', '/production/@connections/L0SM9cOFvHcCIhw%3D', 'hello'],
  ])('sends the same headers as the SDK for %s', async (_, path, body) => {
    const config = { credentials: async () => credentials, region: async () => 'eu-west-1' };
    const options = { signingDate: new Date('2026-01-25T18:50:04.673Z') };
    const signed = await createSigner('dynamodb', config).sign(createRequest(path, body), options);
    const expected = await signWithSdk(createRequest(path, body), options);
    expect(signed.headers).toEqual(expected.headers);
  });

  it('sends bytes as text', async () => {
    const config = { credentials: async () => credentials, region: async () => 'eu-west-1' };
    const bytes = new TextEncoder().encode('..{"text":"grüße 👋"}').subarray(2);
    const signed = await createSigner('dynamodb', config).sign(createRequest('/', bytes));
    expect(signed.body).toBe('{"text":"grüße 👋"}');
    expect(signed.headers['x-amz-content-sha256']).toBe(
      createHash('sha256').update('{"text":"grüße 👋"}').digest('hex'),
    );
  });

  it('signs for the region and service of the endpoint', async () => {
    const config = { credentials: async () => credentials, region: async () => 'eu-west-1' };
    const options = { signingDate: 0, signingRegion: 'us-east-1', signingService: 'events' };
    const signed = await createSigner('dynamodb', config).sign(createRequest('/', '{}'), options);
    expect(signed.headers.authorization).toContain('/19700101/us-east-1/events/aws4_request');
    const expected = await signWithSdk(createRequest('/', '{}'), { ...options, signingDate: new Date(0) });
    expect(signed.headers.authorization).toBe(expected.headers.authorization);
  });

  it('derives the signing key once a day', async () => {
    const config = { credentials: async () => credentials, region: async () => 'eu-west-1' };
    const signer = createSigner('dynamodb', config);
    const createHmacOfSigner = jest.spyOn(crypto, 'createHmac');
    const counts: number[] = [];
    for (const time of ['2026-01-25T00:00:00Z', '2026-01-25T23:59:59Z', '2026-01-26T00:00:00Z']) {
      createHmacOfSigner.mockClear();
      await signer.sign(createRequest('/', '{}'), { signingDate: time });
      counts.push(createHmacOfSigner.mock.calls.length);
    }
    createHmacOfSigner.mockRestore();
    expect(counts).toEqual([5, 1, 5]); // The key takes one HMAC for each of the four parts of the scope.
  });

  it('signs each attempt anew, on a new day and with new credentials', async () => {
    const { sessionToken: _, ...other } = { ...credentials, secretAccessKey: 'another secret' };
    const identities: (typeof credentials)[] = [credentials, credentials, other as typeof credentials];
    const config = {
      credentials: async () => identities[0] as typeof credentials,
      region: async () => 'eu-west-1',
    };
    const signer = createSigner('dynamodb', config);
    const days = ['2026-01-25T23:59:59Z', '2026-01-26T00:00:00Z', '2026-01-26T00:00:00Z'];
    for (const day of days) {
      const options = { signingDate: new Date(day) };
      const identity = identities[0] as typeof credentials;
      const request = createRequest('/', '{}');
      const signed = await signer.sign(request, options);
      const first = signed.headers.authorization;
      expect(first).toBe(
        (await signWithSdk(createRequest('/', '{}'), options, identity)).headers.authorization,
      );
      // A retry signs the same request again.
      expect((await signer.sign(request, options)).headers.authorization).toBe(first);
      identities.shift();
    }
  });
});
