import { createHmac, hash } from 'node:crypto';
import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';

/** Frames whose hashes are kept. A batch has one per protocol. */
const MAX_FRAMES = 8;

/** The parts of a post that depend on the frame only. */
interface FrameParts {
  readonly length: string;
  readonly sha256: string;
}

/** Returns the headers of a post, signed with Signature Version 4. */
export type SignPost = (connectionId: string, frame: string) => Promise<Record<string, string>>;

/**
 * Creates a signer for posts to one stage. It signs the same headers as the SDK, but derives the key once a day, hashes each
 * frame once, and writes the canonical request directly.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @param stagePath the path of the stage, for example `/production`
 */
export function createPostSigner(
  { credentials, region }: Pick<ApiGatewayManagementApiClient['config'], 'credentials' | 'region'>,
  host: string,
  stagePath: string,
): SignPost {
  const frames = new Map<string, FrameParts>();
  const folder = encodePath(`${stagePath}/@connections/`);
  const deriveKey = createKeyCache();

  function describeFrame(frame: string): FrameParts {
    const known = frames.get(frame);
    if (known) return known;
    if (frames.size >= MAX_FRAMES) frames.clear();
    const parts = { length: String(Buffer.byteLength(frame)), sha256: hash('sha256', frame) };
    frames.set(frame, parts);
    return parts;
  }

  return async (connectionId, frame) => {
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
    const { length, sha256 } = describeFrame(frame);
    const time = new Date(Date.now()).toISOString().replace(/[-:]|\.\d+/g, '');
    const scope = `${time.slice(0, 8)}/${await region()}/execute-api/aws4_request`;
    const headers: Record<string, string> = {
      'content-length': length,
      'content-type': 'application/octet-stream',
      host,
      'x-amz-content-sha256': sha256,
      'x-amz-date': time,
      ...(sessionToken ? { 'x-amz-security-token': sessionToken } : {}),
    };
    const signed = Object.keys(headers).join(';');
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    // The path is encoded twice: once for the request, once for the signature.
    const path = folder + encodeURIComponent(encodeURIComponent(connectionId));
    const canonical = `POST\n${path}\n\n${lines.join('')}\n${signed}\n${sha256}`;
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonical)}`;
    const signature = createHmac('sha256', deriveKey(secretAccessKey, scope)).update(text).digest('hex');
    const credential = `Credential=${accessKeyId}/${scope}`;
    headers.authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signed}, Signature=${signature}`;
    return headers;
  };
}

/** Returns a function that derives the signing key, and keeps the latest one. A scope contains the date. */
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

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
