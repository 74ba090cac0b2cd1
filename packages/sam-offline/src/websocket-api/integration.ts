import type { IntegrationModel } from '../core/model';
import type { Invoke } from '../core/service';
import type { ProxyEvent } from './events';
import { runLambdaProxy } from './lambda-proxy';
import { type Outcome, SERVER_ERROR } from './outcome';

/** Runs an integration of one type. May reject; the request then fails with status 500. */
type RunIntegration<Type extends IntegrationModel['type']> = (
  integration: Extract<IntegrationModel, { type: Type }>,
  event: ProxyEvent,
  invoke: Invoke,
) => Promise<Outcome>;

const TIMED_OUT = Symbol('timed out');

/** The implementations by integration type. Requests to other types fail with status 500. */
const INTEGRATIONS: { readonly [Type in IntegrationModel['type']]?: RunIntegration<Type> } = {
  AWS_PROXY: runLambdaProxy,
};

/**
 * Runs the integration of a route. Never rejects. As in API Gateway, a malformed result is status 502, a timeout is 504,
 * and an integration that cannot be called is 500. After a timeout, the integration continues.
 */
export async function runIntegration(
  invoke: Invoke,
  integration: IntegrationModel,
  event: ProxyEvent,
  maxMillis: number,
): Promise<Outcome> {
  const run = INTEGRATIONS[integration.type] as RunIntegration<IntegrationModel['type']> | undefined;
  if (!run) return fail(`Integrations of the type ${integration.type} are not supported.`);
  const timeoutMillis = Math.min(integration.timeoutMillis, maxMillis);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(resolve, timeoutMillis, TIMED_OUT);
  });
  try {
    const outcome = await Promise.race([run(integration, event, invoke), timeout]);
    if (outcome !== TIMED_OUT) return outcome;
    const reason = `No response within ${timeoutMillis} ms`;
    return { ok: false, status: 504, message: 'Endpoint request timed out', reason };
  } catch (error) {
    return fail(`The function could not be invoked: ${error}`);
  } finally {
    clearTimeout(timer);
  }
}

function fail(reason: string): Outcome {
  return { ok: false, status: 500, message: SERVER_ERROR, reason };
}
