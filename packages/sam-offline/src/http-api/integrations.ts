import type { IncomingMessage } from 'node:http';
import { forwardRequest } from '../api-gateway/backends/forward-request';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import { describeFunctionError } from '../api-gateway/function-error';
import type { LambdaProxyIntegration, MappedIntegration } from '../api-gateway/model';
import { AwsError, type Invoke } from '../core/service';
import { createHttpEvent, type RequestFacts } from '../http-invocation/event';
import { createHttpEventV1 } from '../http-invocation/event-v1';
import { type HttpResult, parseHttpResult, parseHttpResultV1 } from '../http-invocation/proxy-result';
import { createGatewayResult, type GatewayStatus } from './gateway-result';
import type { Match } from './routes';
import { callService } from './service-integration';

const TIMED_OUT = Symbol('timed out');

type MatchedRequest = RequestFacts & { readonly match: Match };

/** Runs the integrations of routes, and logs the reasons for failures. */
export class Integrations {
  constructor(
    private readonly invoke: Invoke,
    private readonly log: (line: object) => void,
    private readonly callService: IntegrationPorts['callService'],
  ) {}

  async run(request: IncomingMessage, facts: MatchedRequest): Promise<HttpResult> {
    const { integration } = facts.match.route;
    if (integration.type === 'SERVICE') {
      if (integration.credentials) return callService(integration, request, facts, this.callService);
      return this.fail(facts, 500, 'The integration has no CredentialsArn to call the service with.');
    }
    if (integration.type === 'HTTP_PROXY') return this.forward(integration, request, facts);
    if (integration.type === 'AWS_PROXY' && integration.denial === undefined)
      return this.runFunction(integration, request, facts);
    return this.fail(facts, 500, integration.denial ?? `Unsupported type ${integration.type}`);
  }

  /** Forwards a request to the server of an HTTP_PROXY integration. */
  private async forward(
    integration: MappedIntegration,
    request: IncomingMessage,
    facts: MatchedRequest,
  ): Promise<HttpResult> {
    const { body, match, api } = facts;
    const { headers, cookies, rawQueryString } = createHttpEvent(request, facts);
    try {
      return await forwardRequest(integration, {
        method: request.method ?? 'GET',
        headers: cookies === undefined ? headers : { ...headers, cookie: cookies.join('; ') },
        rawQueryString,
        pathParameters: match.pathParameters,
        stageVariables: api.stageVariables,
        body,
      });
    } catch (error) {
      return this.fail(facts, 503, `No response: ${error}`);
    }
  }

  /** Runs a function. After a timeout, the invocation continues until the function's own timeout, as on AWS. */
  private async runFunction(
    { functionArn, timeoutMillis, payloadFormat }: LambdaProxyIntegration,
    request: IncomingMessage,
    facts: MatchedRequest,
  ): Promise<HttpResult> {
    const hasFormat1 = payloadFormat === '1.0';
    const event = (hasFormat1 ? createHttpEventV1 : createHttpEvent)(request, facts);
    const fail = (status: 413 | 500 | 503, reason: string) => this.fail(facts, status, reason, functionArn);
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<typeof TIMED_OUT>((resolve) => {
      timer = setTimeout(resolve, timeoutMillis, TIMED_OUT);
    });
    try {
      const invocation = await Promise.race([this.invoke(functionArn, event), timeout]);
      if (invocation === TIMED_OUT) return fail(503, `No response within ${timeoutMillis} ms`);
      const { payload, functionError } = invocation;
      if (functionError !== undefined) return fail(500, describeFunctionError(functionError, payload));
      const result = (hasFormat1 ? parseHttpResultV1 : parseHttpResult)(payload);
      return typeof result === 'string' ? fail(500, result) : result;
    } catch (error) {
      const status = error instanceof AwsError ? error.status : undefined;
      const reason = `The function could not be invoked: ${error}`;
      return fail(status === 413 ? 413 : status === 429 ? 503 : 500, reason);
    } finally {
      clearTimeout(timer);
    }
  }

  private fail(
    { match, requestId }: MatchedRequest,
    status: GatewayStatus,
    reason: string,
    functionArn?: string,
  ): HttpResult {
    const { routeKey } = match.route;
    const called = functionArn === undefined ? {} : { functionArn };
    this.log({ failed: 'integration', reason, ...called, routeKey, requestId });
    return createGatewayResult(status);
  }
}
