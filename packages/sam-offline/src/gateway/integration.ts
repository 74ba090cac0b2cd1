import type { RouteModel } from '../core/model';
import type { ProxyEvent } from './events';
import { type ProxyResult, parseProxyResult } from './result';

/** What a function answered: its payload, parsed; for a failed invocation also `Unhandled` or `Handled`. */
export interface InvokeResult {
  readonly payload: unknown;
  readonly functionError?: string;
}

/** Invokes a function synchronously. */
export type Invoke = (functionArn: string, event: unknown) => Promise<InvokeResult>;

export type Outcome =
  | { readonly ok: true; readonly result: ProxyResult }
  /** `status` refuses a handshake, `message` goes to a client that is connected, `reason` is for the log. */
  | { readonly ok: false; readonly status: number; readonly message: string; readonly reason: string };

const FAILED = 'Internal server error';
const TIMED_OUT = Symbol('timed out');

/**
 * Runs a route's Lambda proxy integration; never rejects. A failed function and a malformed answer are 502, a
 * timeout is 504 and a function that could not be invoked is 500, as API Gateway answers. After a timeout the
 * invocation itself goes on until the function's own, as on AWS.
 */
export async function integrate(
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
    const answer = await Promise.race([invoke(route.functionArn, event), timeout]);
    if (answer === TIMED_OUT) {
      const reason = `no answer within ${timeoutMillis} ms`;
      return { ok: false, status: 504, message: 'Endpoint request timed out', reason };
    }
    return outcomeOf(answer);
  } catch (error) {
    return { ok: false, status: 500, message: FAILED, reason: `the function was not invoked: ${error}` };
  } finally {
    clearTimeout(timer);
  }
}

function outcomeOf({ payload, functionError }: InvokeResult): Outcome {
  if (functionError !== undefined) {
    const reason = `the function failed (${functionError}): ${JSON.stringify(payload)}`;
    return { ok: false, status: 502, message: FAILED, reason };
  }
  const result = parseProxyResult(payload);
  if (typeof result === 'string') return { ok: false, status: 502, message: FAILED, reason: result };
  return { ok: true, result };
}
