import type { IncomingMessage } from 'node:http';

/** Returns the service in the signature of a request, for example `sts`. */
export function findSignedService({ headers: { authorization = '' } }: IncomingMessage): string | undefined {
  return /Credential=[^/,\s]+\/\d+\/[^/,\s]+\/([^/,\s]+)\/aws4_request/.exec(authorization)?.[1];
}
