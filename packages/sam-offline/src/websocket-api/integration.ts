import type { IntegrationPorts } from '../api-gateway/backends/types';
import type { ProxyEvent } from './events';
import { runLambdaProxy } from './lambda-proxy';
import { runMapped } from './mapped-integration';
import type { RouteModel } from './model';
import { type Outcome, SERVER_ERROR } from './outcome';

const TIMED_OUT = Symbol('timed out');

/**
 * Runs the integration of a route. Never rejects. As in API Gateway, the status is 502 for a malformed result, 504 for a
 * timeout, and 500 for an integration that cannot be called. After a timeout, the integration continues.
 */
export async function runIntegration(
  ports: IntegrationPorts,
  route: RouteModel,
  event: ProxyEvent,
  maxMillis: number,
): Promise<Outcome> {
  const timeoutMillis = Math.min(route.integration.timeoutMillis, maxMillis);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(resolve, timeoutMillis, TIMED_OUT);
  });
  try {
    const outcome = await Promise.race([run(ports, route, event), timeout]);
    if (outcome !== TIMED_OUT) return outcome;
    const reason = `No response within ${timeoutMillis} ms`;
    return { ok: false, status: 504, message: 'Endpoint request timed out', reason };
  } catch (error) {
    const reason = `The integration could not be called: ${error}`;
    return { ok: false, status: 500, message: SERVER_ERROR, reason };
  } finally {
    clearTimeout(timer);
  }
}

/** Runs the integration without a timeout. May reject. */
function run(
  ports: IntegrationPorts,
  { integration, hasResponse }: RouteModel,
  event: ProxyEvent,
): Promise<Outcome> {
  return integration.type === 'AWS_PROXY'
    ? runLambdaProxy(integration, event, ports.invoke)
    : runMapped(integration, event, ports, hasResponse);
}
