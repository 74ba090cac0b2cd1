import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The parts of a request that Signature Version 4 signs. */
export interface SignedRequest {
  readonly method: string;
  /** The path and the query string, unchanged from the request. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface VerifyOptions {
  readonly service: string;
  readonly region: string;
  /** The current time in epoch milliseconds. */
  readonly now: number;
  /** Returns the secret of an access key, or undefined if the key does not exist. */
  readonly secretOf: (accessKey: string) => string | undefined;
}

/** The maximum difference between the time of a signature and the current time. */
const MAX_SKEW_MS = 5 * 60_000;

/** The maximum value of `X-Amz-Expires`: seven days. */
const MAX_EXPIRES_SECONDS = 7 * 24 * 60 * 60;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/;

/** The signature in a request's headers or query string. */
interface Signature {
  readonly accessKey: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly time: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** The time for which the signature is valid. */
  readonly maxAgeMs: number;
}

/**
 * Verifies the Signature Version 4 signature in a request's Authorization header or query string.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @returns the access key that signed the request, or undefined if the signature is missing, invalid or expired.
 */
export function verifySignature(request: SignedRequest, options: VerifyOptions): string | undefined {
  const found = readHeader(request) ?? readQuery(request);
  if (!found) return undefined;
  const { accessKey, day, region, service, time, signedHeaders, signature, maxAgeMs } = found;
  const secret = options.secretOf(accessKey);
  const age = options.now - parseTime(time);
  const isCurrent = age >= -MAX_SKEW_MS && age <= maxAgeMs;
  if (secret === undefined || region !== options.region || service !== options.service) return undefined;
  if (!isCurrent || !time.startsWith(day) || !signedHeaders.includes('host')) return undefined;
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonicalRequest(request, signedHeaders))].join('\n');
  const signingKey = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return timingSafeEqual(hmac(signingKey, text), Buffer.from(signature, 'hex')) ? accessKey : undefined;
}

function readHeader({ headers }: SignedRequest): Signature | undefined {
  const [, accessKey, day = '', region = '', service = '', signedHeaders = '', signature = ''] =
    AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  if (accessKey === undefined) return undefined;
  const time = String(headers['x-amz-date'] ?? '');
  return {
    accessKey,
    day,
    region,
    service,
    time,
    signedHeaders: signedHeaders.split(';'),
    signature,
    maxAgeMs: MAX_SKEW_MS,
  };
}

/**
 * Reads a signature from the query string. Browsers cannot set headers of a WebSocket handshake, so they sign the query string.
 */
function readQuery({ url }: SignedRequest): Signature | undefined {
  const query = new URLSearchParams(splitOnce(url, '?')[1] ?? '');
  const get = (name: string) => query.get(`X-Amz-${name}`) ?? '';
  const signature = get('Signature');
  const seconds = Number(get('Expires'));
  const isValid = get('Algorithm') === 'AWS4-HMAC-SHA256' && /^[0-9a-f]{64}$/.test(signature);
  if (!isValid || !(seconds >= 1 && seconds <= MAX_EXPIRES_SECONDS)) return undefined;
  const [accessKey = '', day = '', region = '', service = ''] = get('Credential').split('/');
  const signedHeaders = get('SignedHeaders').split(';');
  return {
    accessKey,
    day,
    region,
    service,
    time: get('Date'),
    signedHeaders,
    signature,
    maxAgeMs: seconds * 1_000,
  };
}

/** Returns the session token in the header or the query string of a signed request. */
export function findSessionToken({ headers, url }: SignedRequest): string | undefined {
  const query = new URLSearchParams(splitOnce(url, '?')[1] ?? '');
  return headers['x-amz-security-token']?.toString() ?? query.get('X-Amz-Security-Token') ?? undefined;
}

/** Parses a time such as `20260125T185004Z`. Returns NaN for other formats. */
function parseTime(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function canonicalRequest({ method, url, headers, body }: SignedRequest, names: readonly string[]): string {
  const [path = '/', query = ''] = splitOnce(url, '?');
  // Except for Amazon S3, the path is encoded twice: for the request, and a second time for the signature.
  const canonicalPath = path.split('/').map(encode).join('/');
  const headerLines = names.map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replace(/ +/g, ' ')}\n`,
  );
  return [
    method,
    canonicalPath,
    canonicalQuery(query),
    headerLines.join(''),
    names.join(';'),
    sha256(body),
  ].join('\n');
}

function canonicalQuery(query: string): string {
  // The signed query string does not contain the signature.
  const pairs = query.split('&').filter((pair) => pair !== '' && !pair.startsWith('X-Amz-Signature='));
  return pairs
    .map((pair) => splitOnce(pair, '=').map((part) => encode(decode(part))))
    .map(([name = '', value = '']) => [name, value] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='))
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Encodes all characters except the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
