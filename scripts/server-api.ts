import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

export interface ServerApi {
  /** The URL of the HTTP API, without `/v1`. */
  url: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

export interface ServerApiResponse {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: callers know the type of the body
  body: any;
}

/** Sends a request to the server API. Signs it with Signature Version 4. */
export async function callServerApi(
  { url, region, credentials }: ServerApi,
  route: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ServerApiResponse> {
  const [method = '', path = ''] = route.split(' ');
  const { protocol, hostname, port, host, pathname, searchParams } = new URL(`${url}${path}`);
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    ...{ method, protocol, hostname, path: pathname, query: Object.fromEntries(searchParams) },
    ...(port === '' ? {} : { port: Number(port) }),
    headers: { host, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { host: _, ...sent } = signed.headers; // fetch sets the host header
  const response = await fetch(`${url}${path}`, { method, headers: sent, body: signed.body ?? null });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Implements SHA-256 for the signer: a plain hash, or an HMAC if there is a secret. */
class Sha256 {
  private readonly hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBuffer(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(toBuffer(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {}
}

function toBuffer(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}
