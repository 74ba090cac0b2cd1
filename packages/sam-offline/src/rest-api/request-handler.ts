import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccountRates } from '../api-gateway/account-rates';
import type { IntegrationPorts } from '../api-gateway/backends/types';
import { readBody } from '../http/body';
import { exceedsHeaderQuota } from '../http/header-quota';
import type { HttpResult } from '../http-invocation/proxy-result';
import { sendStream } from '../http-invocation/streamed-response';
import type { RecordSegment } from '../traces/segment';
import type { ApiDirectory, FoundApi } from './api-directory';
import type { Authorize } from './authorization';
import { createExtendedRequestId, type RestRequestFacts } from './event';
import { createGatewayResponse, GatewayError, type GatewayFailure } from './gateway-response';
import { runIntegration } from './integrations';
import type { RestApiModel } from './model';
import type { Match } from './resources';
import { StageTrace } from './stage-trace';
import { checkRequest } from './validation';

interface RequestHandlerOptions extends IntegrationPorts {
  readonly accountId: string;
  readonly region: string;
  readonly directory: ApiDirectory;
  readonly rates: AccountRates;
  readonly maxBodyBytes: number;
  readonly authorize: Authorize;
  /** Returns epoch milliseconds. */
  readonly wallClock: () => number;
  readonly log: (line: object) => void;
  readonly segments?: RecordSegment;
}

/** A request, and the stage that it is addressed to, if any. */
interface StageRequest {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly found: FoundApi | undefined;
  /** The trace of the request. Absent if the stage does not have active tracing. */
  readonly trace: StageTrace | undefined;
}

/** Handles the requests to REST APIs: throttling, authorization, API keys, validation, integrations and gateway responses. */
export class RequestHandler {
  constructor(private readonly options: RequestHandlerOptions) {}

  /**
   * Handles a request to the API with this ID or, without an ID, to the API that serves the path. Rejects only if the client
   * disconnects.
   */
  async handle(request: IncomingMessage, response: ServerResponse, apiId?: string): Promise<void> {
    const { directory, log } = this.options;
    const fullPath = (request.url ?? '/').replace(/\?.*$/s, '');
    const found = directory.find(fullPath, apiId);
    const api = found?.api ?? directory.findStage(fullPath, apiId);
    const requestId = randomUUID();
    const trace = api && this.startTrace(request, requestId, api.model);
    let result: HttpResult;
    try {
      result = await this.route({ request, requestId, found, trace });
    } catch (error) {
      if (request.destroyed && !request.complete) throw error;
      request.resume();
      const failure = toFailure(error);
      const { type, reason } = failure;
      if (reason !== undefined) log({ failed: type, reason, path: fullPath, requestId });
      const context = { requestId, httpMethod: request.method, stage: api?.model.stage, path: fullPath };
      result = createGatewayResponse(failure, api?.model, context);
    }
    api?.metrics.recordRequest(result.statusCode);
    trace?.end(result);
    sendResult(response, result, requestId);
  }

  private startTrace(request: IncomingMessage, requestId: string, api: RestApiModel): StageTrace | undefined {
    const { accountId, region, segments } = this.options;
    if (!api.tracing || !segments) return undefined;
    return new StageTrace({ api, request, requestId, accountId, region }, segments);
  }

  /** @throws GatewayError if API Gateway responds with a gateway response */
  private async route(stageRequest: StageRequest): Promise<HttpResult> {
    const { request, found } = stageRequest;
    const { rates, maxBodyBytes } = this.options;
    if (exceedsHeaderQuota(request))
      throw new GatewayError({
        type: 'REQUEST_TOO_LARGE',
        statusCode: 431,
        message: 'Request Header Fields Too Large',
      });
    if (!rates.takeRequest()) throw new GatewayError({ type: 'THROTTLED' });
    const match = found?.api.resources.match(request.method ?? 'GET', found.path);
    if (!found || !match) throw new GatewayError({ type: 'MISSING_AUTHENTICATION_TOKEN' });
    if (found.api.buckets.get(match.route)?.() === false) throw new GatewayError({ type: 'THROTTLED' });
    const body = await readBody(request, maxBodyBytes);
    if (body === undefined) throw new GatewayError({ type: 'REQUEST_TOO_LARGE' });
    return this.runMethod(stageRequest, found, match, body);
  }

  private async runMethod(
    { request, requestId, trace }: StageRequest,
    { api, path }: FoundApi,
    match: Match,
    body: Buffer,
  ): Promise<HttpResult> {
    const { accountId, region, authorize, wallClock } = this.options;
    const now = wallClock();
    const ports: IntegrationPorts = trace ? trace.wrap(this.options) : this.options;
    const stage = { api: api.model, match, accountId, region, requestId };
    const anonymous = { ...stage, path, body, now, traceId: trace?.traceId };
    const access = await authorize(request, anonymous, ports.invoke);
    const { apiKeySource } = api.model;
    const value = apiKeySource === 'HEADER' ? request.headers['x-api-key'] : access.usageIdentifierKey;
    const decision = match.route.requiresApiKey
      ? api.keys.check(typeof value === 'string' ? value : undefined, now)
      : undefined;
    if (decision && 'rejection' in decision) throw new GatewayError({ type: decision.rejection });
    const facts: RestRequestFacts = { ...anonymous, ...access, ...decision };
    await checkRequest(request, facts);
    return runIntegration(request, facts, ports);
  }
}

function toFailure(error: unknown): GatewayFailure {
  if (error instanceof GatewayError) return error.failure;
  return { type: 'API_CONFIGURATION_ERROR', reason: `The integration could not be called: ${error}` };
}

function sendResult(
  response: ServerResponse,
  { statusCode, headers, cookies, body, stream }: HttpResult,
  requestId: string,
): void {
  const hasBody = statusCode !== 204 && statusCode !== 304;
  response.writeHead(statusCode, {
    'x-amzn-requestid': requestId,
    'x-amz-apigw-id': createExtendedRequestId(requestId),
    ...headers,
    ...(cookies.length > 0 ? { 'set-cookie': [...cookies] } : {}),
    ...(hasBody && !stream ? { 'content-length': body.length } : {}),
  });
  if (stream) {
    sendStream(response, stream);
    return;
  }
  response.end(hasBody ? body : undefined);
}
