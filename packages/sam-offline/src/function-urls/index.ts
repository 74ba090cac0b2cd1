import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatFunctionUrlHost } from '../aws/aws-host';
import { AwsError, type Invoke } from '../core/service';
import { readBody } from '../http/body';
import { decodePath } from '../http/decode';
import { createCorsHeaders, createPreflightHeaders, isPreflight } from '../http-invocation/cors';
import { createHttpEvent } from '../http-invocation/event';
import { type HttpResult, parseHttpResult } from '../http-invocation/proxy-result';
import { invokeStreaming, sendStream } from '../http-invocation/streamed-response';
import type { IamCaller } from '../iam/access-control';
import type { SignedRequest } from '../iam/signature';
import type { FunctionUrlModel } from './model';

export interface FunctionUrlsOptions {
  readonly urls: readonly FunctionUrlModel[];
  readonly accountId: string;
  readonly region: string;
  readonly invoke: Invoke;
  /** Returns the caller of a URL with IAM authorization, or undefined if the request is denied. */
  readonly authorize: (
    request: SignedRequest & { functionArn: string; now: number },
  ) => IamCaller | undefined;
  /** Returns the time of events in epoch milliseconds. */
  readonly clock: () => number;
  /** Called when an invocation fails, with the reason. The client does not receive the reason. */
  readonly log?: (line: object) => void;
}

/**
 * The function URLs of an application. On AWS, each URL has its own host. The runtime also serves the URLs at `/_urls/URL_ID/`.
 */
export interface FunctionUrls {
  /** Handles a request to the URL with this ID, or to `/_urls/URL_ID/…`. Rejects only if the client disconnects. */
  handle(request: IncomingMessage, response: ServerResponse, urlId?: string): Promise<void>;
}

/** The maximum payload of an invocation. */
const MAX_BODY_BYTES = 6_291_456;

/** Creates the function URLs of an application: payload format 2.0, response streaming, IAM authorization and CORS. */
export function createFunctionUrls(options: FunctionUrlsOptions): FunctionUrls {
  const byId = new Map(options.urls.map((url) => [url.urlId, url]));

  async function run(request: IncomingMessage, url: FunctionUrlModel, path: string): Promise<HttpResult> {
    const { method = 'GET', headers } = request;
    const { functionArn, urlId } = url;
    const fail = (status: number, message: string, reason: string) => {
      options.log?.({ failed: 'function-url', reason, functionArn });
      return createResult(status, message);
    };
    if (url.denial !== undefined) {
      request.resume();
      return fail(403, '{"Message":"Forbidden"}', url.denial);
    }
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) return createResult(413, '{"Message":"Request Entity Too Large"}');
    const now = options.clock();
    const signed = { method, url: request.url ?? '/', headers, body };
    const caller = url.requiresIam ? options.authorize({ ...signed, functionArn, now }) : undefined;
    if (url.requiresIam && !caller) return createResult(403, '{"Message":"Forbidden"}');
    const event = createHttpEvent(request, {
      api: { apiId: urlId, stage: '$default', stageVariables: {} },
      domainName: formatFunctionUrlHost(urlId, options.region),
      accountId: options.accountId,
      region: options.region,
      match: { route: { routeKey: '$default' }, pathParameters: {} },
      requestId: randomUUID(),
      path,
      body,
      now,
      identity: caller && { iam: caller },
    });
    try {
      const invoked = url.isStreamed
        ? await invokeStreaming(options.invoke, functionArn, event)
        : await options.invoke(functionArn, event);
      if ('statusCode' in invoked) return invoked;
      const { payload, functionError } = invoked;
      const result = functionError === undefined ? parseHttpResult(payload) : JSON.stringify(payload);
      return typeof result === 'string' ? fail(502, 'Internal Server Error', result) : result;
    } catch (error) {
      const isThrottled = error instanceof AwsError && error.status === 429;
      return isThrottled
        ? fail(429, '{"Message":"Rate Exceeded."}', String(error))
        : fail(502, 'Internal Server Error', String(error));
    }
  }

  return {
    async handle(request, response, urlId) {
      const fullPath = decodePath((request.url ?? '/').replace(/\?.*$/s, ''));
      const [, pathId = '', ownPath = ''] = /^\/_urls\/([^/]+)(.*)$/s.exec(fullPath) ?? [];
      const url = byId.get(urlId ?? pathId);
      const cors = url?.cors;
      const { method = 'GET', headers } = request;
      if (!url) {
        request.resume();
        send(response, createResult(404, '{"Message":null}'));
        return;
      }
      if (cors && isPreflight(method, headers)) {
        request.resume();
        response.writeHead(200, { ...createPreflightHeaders(cors, headers), 'content-length': 0 }).end();
        return;
      }
      const result = await run(request, url, (urlId === undefined ? ownPath : fullPath) || '/');
      send(response, result, cors && createCorsHeaders(cors, headers.origin));
    },
  };
}

/** Sends a response. The headers of the CORS configuration replace the function's CORS headers. */
function send(response: ServerResponse, result: HttpResult, corsHeaders?: Record<string, string>): void {
  const headers = Object.entries(result.headers).filter(
    ([name]) => !corsHeaders || !name.startsWith('access-control-'),
  );
  response.writeHead(result.statusCode, {
    ...Object.fromEntries(headers),
    ...(result.cookies.length > 0 ? { 'set-cookie': [...result.cookies] } : {}),
    ...corsHeaders,
    ...(result.statusCode === 204 || result.stream ? {} : { 'content-length': result.body.length }),
  });
  if (result.stream) {
    sendStream(response, result.stream);
    return;
  }
  response.end(result.statusCode === 204 ? undefined : result.body);
}

function createResult(statusCode: number, text: string): HttpResult {
  return {
    statusCode,
    headers: { 'content-type': 'application/json' },
    cookies: [],
    body: Buffer.from(text),
  };
}
