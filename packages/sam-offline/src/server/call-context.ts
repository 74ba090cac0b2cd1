import type { IncomingMessage } from 'node:http';
import type { CallContext } from '../core/service';

/** Returns the ARN of the function that signed a request. The parameter is the request's Authorization header. */
export type FindSigner = (authorization: string | undefined) => string | undefined;

/** Returns the context of a call from the request's headers. */
export function createCallContext({ headers }: IncomingMessage, findSigner?: FindSigner): CallContext {
  const traceHeader = headers['x-amzn-trace-id'];
  const principal = findSigner?.(headers.authorization);
  return {
    ...(typeof traceHeader === 'string' ? { traceHeader } : {}),
    ...(principal === undefined ? {} : { principal }),
  };
}
