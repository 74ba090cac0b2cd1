import { createHmac, hash } from 'node:crypto';

/** A request to sign with Signature Version 4. */
export interface CanonicalRequest {
  readonly method: string;
  /** The path of the request, already encoded once. */
  readonly path: string;
  /** The headers to sign, with names in lower case and in alphabetical order. Their values have no surrounding spaces. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The SHA-256 hash of the body, in hexadecimal. */
  readonly bodyHash: string;
}

/** The time, Region and service for which a signature is valid. */
export interface SigningScope {
  /** For example `20260125T185004Z`. */
  readonly time: string;
  readonly region: string;
  readonly service: string;
}

/** Returns the value of the `authorization` header. */
export type Authorize = (
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
  scope: SigningScope,
  request: CanonicalRequest,
) => string;

/**
 * Creates a function that signs requests without a query with Signature Version 4. The function derives the signing key once a
 * day.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createAuthorizer(): Authorize {
  const deriveKey = createKeyCache();
  return (
    { accessKeyId, secretAccessKey },
    { time, region, service },
    { method, path, headers, bodyHash },
  ) => {
    const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
    const signed = headers.map(([name]) => name).join(';');
    const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('');
    const canonical = `${method}\n${encodePath(path)}\n\n${lines}\n${signed}\n${bodyHash}`;
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonical)}`;
    const signature = createHmac('sha256', deriveKey(secretAccessKey, scope)).update(text).digest('hex');
    return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  };
}

/** Formats a time for a signature, for example `20260125T185004Z`. */
export function formatSigningTime(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}

/**
 * Returns a function that derives the signing key and caches the latest key. The key changes once a day, because the scope
 * contains the date.
 */
function createKeyCache(): (secret: string, scope: string) => Buffer {
  let latest: { secret: string; scope: string; key: Buffer } | undefined;
  return (secret, scope) => {
    if (latest?.secret === secret && latest.scope === scope) return latest.key;
    const derive = (key: Buffer | string, part: string) => createHmac('sha256', key).update(part).digest();
    const key = scope.split('/').reduce<Buffer | string>(derive, `AWS4${secret}`) as Buffer;
    latest = { secret, scope, key };
    return key;
  };
}

/** Encodes a path that is already encoded, because the signature requires a second encoding. */
function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
