import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { asProblem, type ProblemError } from '../chat/problems';
import { instrumented, logger } from './observability';
import { recordProblem } from './websocket';

/** A request to the HTTP API as it came in. */
export interface HttpRequest {
  headers: Record<string, string | undefined>;
  body: Buffer | undefined;
}

export interface HttpReply {
  statusCode: number;
  body: object;
}

/**
 * The handler of a route of the HTTP API: runs `work` and answers what it returns as JSON. Here, once, an error becomes
 * HTTP's: a refusal its own status, a failure of ours 503, both with the problem as RFC 9457 has it.
 */
export function httpRoute(work: (request: HttpRequest) => Promise<HttpReply>) {
  return instrumented(async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const { routeKey } = event;
    logger.appendKeys({ routeKey });
    try {
      const { statusCode, body } = await work({ headers: event.headers, body: bodyOf(event) });
      return response(statusCode, 'application/json', body);
    } catch (error) {
      const problem = asProblem(error);
      recordProblem(problem, routeKey);
      return response(problem.status, 'application/problem+json', problem.toProblem(), headersFor(problem));
    }
  });
}

function response(statusCode: number, type: string, body: object, headers: Record<string, string> = {}) {
  return {
    statusCode,
    headers: { 'Content-Type': type, 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** What HTTP wants beside the status, for clients that read no body. */
function headersFor({ status, retryAfterMs }: ProblemError): Record<string, string> {
  return {
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    ...(retryAfterMs === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) }),
  };
}

/** API Gateway hands on in base64 what its Content-Type does not call text: with curl's default, a form, too. */
function bodyOf({ body, isBase64Encoded }: APIGatewayProxyEventV2): Buffer | undefined {
  return body === undefined ? undefined : Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}
