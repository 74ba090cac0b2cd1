import type { IncomingMessage } from 'node:http';

/** Returns the service in a request's signature, for example `sts`. */
export function findSignedService({ headers: { authorization = '' } }: IncomingMessage): string | undefined {
  return /Credential=[^/,\s]+\/\d+\/[^/,\s]+\/([^/,\s]+)\/aws4_request/.exec(authorization)?.[1];
}
