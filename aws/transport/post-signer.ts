import { hash } from 'node:crypto';
import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { createAuthorizer, formatSigningTime } from './sigv4';

/** Maximum number of frames whose hashes are cached. A batch has one frame per protocol. */
const MAX_FRAMES = 8;

/** The parts of a signed post that depend only on the frame. */
interface FrameParts {
  readonly length: string;
  readonly sha256: string;
}

/** Returns the headers of a post, signed with Signature Version 4. */
export type SignPost = (connectionId: string, frame: string) => Promise<Record<string, string>>;

/**
 * Creates a signer for posts to one stage. It signs the same headers as the SDK, but hashes each frame once.
 *
 * @param stagePath the path of the stage, for example `/production`
 */
export function createPostSigner(
  { credentials, region }: Pick<ApiGatewayManagementApiClient['config'], 'credentials' | 'region'>,
  host: string,
  stagePath: string,
): SignPost {
  const frames = new Map<string, FrameParts>();
  const authorize = createAuthorizer();

  function describeFrame(frame: string): FrameParts {
    const known = frames.get(frame);
    if (known) return known;
    if (frames.size >= MAX_FRAMES) frames.clear();
    const parts = { length: String(Buffer.byteLength(frame)), sha256: hash('sha256', frame) };
    frames.set(frame, parts);
    return parts;
  }

  return async (connectionId, frame) => {
    const identity = await credentials();
    const { length, sha256 } = describeFrame(frame);
    const time = formatSigningTime(Date.now());
    const headers: Record<string, string> = {
      'content-length': length,
      'content-type': 'application/octet-stream',
      host,
      'x-amz-content-sha256': sha256,
      'x-amz-date': time,
      ...(identity.sessionToken ? { 'x-amz-security-token': identity.sessionToken } : {}),
    };
    headers.authorization = authorize(
      identity,
      { time, region: await region(), service: 'execute-api' },
      {
        method: 'POST',
        path: `${stagePath}/@connections/${encodeURIComponent(connectionId)}`,
        headers: Object.entries(headers),
        bodyHash: sha256,
      },
    );
    return headers;
  };
}
