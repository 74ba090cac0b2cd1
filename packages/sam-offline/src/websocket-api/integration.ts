import type { RouteModel } from '../core/model';
import type { Invoke, InvokeResult } from '../core/service';
import type { ProxyEvent } from './events';
import { type ProxyResult, parseProxyResult } from './proxy-result';

export type Outcome =
  | { readonly ok: true; readonly result: ProxyResult }
  /** `status` is for a handshake, `message` for a connected client, `reason` for the log. */
  | { readonly ok: false; readonly status: number; readonly message: string; readonly reason: string };

const SERVER_ERROR = 'Internal server error';
const TIMED_OUT = Symbol('timed out');

/**
 * Runs the Lambda proxy integration of a route. Never rejects. As in API Gateway, a failed function or malformed result
 * is status 502, a timeout is 504, and a function that cannot be invoked is 500. After a timeout, the invocation
 * continues until the function's own timeout.
 */
export async function runIntegration(
  invoke: Invoke,
  route: RouteModel,
  event: ProxyEvent,
  maxMillis: number,
): Promise<Outcome> {
  const timeoutMillis = Math.min(route.timeoutMillis, maxMillis);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(resolve, timeoutMillis, TIMED_OUT);
  });
  try {
    const result = await Promise.race([invoke(route.functionArn, event), timeout]);
    if (result === TIMED_OUT) {
      const reason = `No response within ${timeoutMillis} ms`;
      return { ok: false, status: 504, message: 'Endpoint request timed out', reason };
    }
    return toOutcome(result);
  } catch (error) {
    const reason = `The function could not be invoked: ${error}`;
    return { ok: false, status: 500, message: SERVER_ERROR, reason };
  } finally {
    clearTimeout(timer);
  }
}

function toOutcome({ payload, functionError }: InvokeResult): Outcome {
  if (functionError !== undefined) {
    const reason = `The function failed (${functionError}): ${JSON.stringify(payload)}`;
    return { ok: false, status: 502, message: SERVER_ERROR, reason };
  }
  const result = parseProxyResult(payload);
  if (typeof result === 'string') return { ok: false, status: 502, message: SERVER_ERROR, reason: result };
  return { ok: true, result };
}
