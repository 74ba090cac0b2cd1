import { describeFunctionError } from '../api-gateway/function-error';
import type { LambdaProxyIntegration } from '../api-gateway/model';
import type { Invoke } from '../core/service';
import type { ProxyEvent } from './events';
import { type Outcome, SERVER_ERROR } from './outcome';
import { parseProxyResult } from './proxy-result';

/**
 * Runs a Lambda proxy integration. The status is 502 for a failed function or a malformed result, and 500 for a missing
 * permission.
 */
export async function runLambdaProxy(
  { functionArn, denial }: LambdaProxyIntegration,
  event: ProxyEvent,
  invoke: Invoke,
): Promise<Outcome> {
  if (denial !== undefined) return { ok: false, status: 500, message: SERVER_ERROR, reason: denial };
  const { payload, functionError } = await invoke(functionArn, event);
  if (functionError !== undefined) {
    const reason = describeFunctionError(functionError, payload);
    return { ok: false, status: 502, message: SERVER_ERROR, reason };
  }
  const result = parseProxyResult(payload);
  if (typeof result === 'string') return { ok: false, status: 502, message: SERVER_ERROR, reason: result };
  return { ok: true, result };
}
