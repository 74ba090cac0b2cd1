import type { IncomingMessage } from 'node:http';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import { describeFunctionError } from '../api-gateway/function-error';
import type { LambdaProxyIntegration } from '../api-gateway/model';
import { AwsError, type Invoke } from '../core/service';
import type { HttpResult } from '../http-invocation/proxy-result';
import { invokeStreaming } from '../http-invocation/streamed-response';
import { createRestEvent, type RestRequestFacts } from './event';
import { GatewayError } from './gateway-response';
import { parseRestResult } from './proxy-result';

const TIMED_OUT = Symbol('timed out');

/** The gateway response if a function fails or its result does not have the required format. */
const MALFORMED = { type: 'API_CONFIGURATION_ERROR', statusCode: 502 } as const;

/**
 * Runs the integration of a method. As on AWS, the integration continues after a timeout.
 *
 * @throws GatewayError if the integration fails
 */
export async function runIntegration(
  request: IncomingMessage,
  facts: RestRequestFacts,
  ports: IntegrationPorts,
): Promise<HttpResult> {
  const { integration } = facts.match.route;
  const { timeoutMillis, denial } = integration;
  if (denial !== undefined) throw new GatewayError({ type: 'API_CONFIGURATION_ERROR', reason: denial });
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(resolve, timeoutMillis, TIMED_OUT);
  });
  try {
    const result = await Promise.race([
      integration.type === 'AWS_PROXY'
        ? runFunction(integration, request, facts, ports.invoke)
        : // Loaded on the first request, because most applications do not need this module.
          import('./mapped-integration').then(({ runMapped }) =>
            runMapped(integration, request, facts, ports),
          ),
      timeout,
    ]);
    if (result !== TIMED_OUT) return result;
    throw new GatewayError({
      type: 'INTEGRATION_TIMEOUT',
      reason: `No response within ${timeoutMillis} ms`,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function runFunction(
  integration: LambdaProxyIntegration,
  request: IncomingMessage,
  facts: RestRequestFacts,
  invoke: Invoke,
): Promise<HttpResult> {
  const invoked = await invokeFunction(integration, createRestEvent(request, facts), invoke);
  if ('statusCode' in invoked) return invoked;
  const { payload, functionError } = invoked;
  if (functionError !== undefined)
    throw new GatewayError({ ...MALFORMED, reason: describeFunctionError(functionError, payload) });
  const result = parseRestResult(payload, request.headers.accept, facts.api.binaryMediaTypes);
  if (typeof result === 'string') throw new GatewayError({ ...MALFORMED, reason: result });
  return result;
}

/** @throws GatewayError if Lambda rejects the call */
async function invokeFunction(
  { functionArn, isStreamed }: LambdaProxyIntegration,
  event: object,
  invoke: Invoke,
) {
  try {
    return await (isStreamed ? invokeStreaming(invoke, functionArn, event) : invoke(functionArn, event));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const reason = `The function could not be invoked: ${error}`;
    throw new GatewayError(
      error.status === 413
        ? { type: 'REQUEST_TOO_LARGE', reason }
        : { type: 'API_CONFIGURATION_ERROR', reason },
    );
  }
}
