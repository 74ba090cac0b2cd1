import { hash } from 'node:crypto';
import { createAuthorizer, formatSigningTime } from './sigv4';

/** The part of an SDK client's configuration that signing needs. */
export interface SigningConfig {
  credentials(): Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined }>;
  region(): Promise<string>;
}

/** The part of an SDK client's request that is signed. */
interface SignableRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: unknown;
}

interface SigningOptions {
  signingDate?: Date | number | string;
  signingRegion?: string;
  signingService?: string;
}

/** Headers that a proxy or the tracing can change. The SDK does not sign them either. */
const UNSIGNED_HEADERS = new Set(['authorization', 'connection', 'expect', 'user-agent', 'x-amzn-trace-id']);

/**
 * Creates a signer for the `signer` option of an SDK client. It sends the same signature as the SDK's own signer, which the SDK
 * creates anew for each request. Supports only requests without a query, whose body is UTF-8 text.
 *
 * The signer replaces a body of bytes with its text, because Node.js sends a text in one piece with the headers, but bytes in a
 * second one.
 *
 * @param service the name of the service in signatures, for example `dynamodb`
 */
export function createSigner(service: string, config: SigningConfig) {
  const authorize = createAuthorizer();
  return {
    async sign<Request extends SignableRequest>(
      request: Request,
      { signingDate = Date.now(), signingRegion, signingService = service }: SigningOptions = {},
    ): Promise<Request> {
      const credentials = await config.credentials();
      const region = signingRegion ?? (await config.region());
      const time = formatSigningTime(new Date(signingDate).getTime());
      const { body } = request;
      if (body instanceof Uint8Array)
        request.body = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
      const { method, path, headers } = request;
      const bodyHash = hash('sha256', (request.body as string | undefined) ?? '');
      headers['x-amz-date'] = time;
      headers['x-amz-content-sha256'] = bodyHash;
      if (credentials.sessionToken) headers['x-amz-security-token'] = credentials.sessionToken;
      const signed = Object.entries(headers)
        .map(([name, value]) => [name.toLowerCase(), String(value).trim()] as const)
        .filter(([name]) => !UNSIGNED_HEADERS.has(name))
        .sort(([a], [b]) => (a < b ? -1 : 1));
      headers.authorization = authorize(
        credentials,
        { time, region, service: signingService },
        { method, path, headers: signed, bodyHash },
      );
      return request;
    },
  };
}
