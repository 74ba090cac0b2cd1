import type { IncomingMessage } from 'node:http';
import type { CallContext } from '../core/service';

/** Returns the ARN of the function whose credentials signed a request, from its Authorization header. */
export type FindSigner = (authorization: string | undefined) => string | undefined;

/** Returns the context of a call from the headers of its request. */
export function createCallContext({ headers }: IncomingMessage, findSigner?: FindSigner): CallContext {
  const traceHeader = headers['x-amzn-trace-id'];
  const principal = findSigner?.(headers.authorization);
  return {
    ...(typeof traceHeader === 'string' ? { traceHeader } : {}),
    ...(principal === undefined ? {} : { principal }),
  };
}
