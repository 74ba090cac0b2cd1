import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ProblemError, toProblemError } from '../../chat/protocol/problems';
import { instrument, logger, recordProblem } from './observability';

/** Large enough for a text of the largest MaxTextBytes (16,384) in a JSON object, with each character escaped as `\uXXXX`. */
const MAX_BODY_BYTES = 128 * 1024;

/** Protects browsers that open a response as a page. CloudFront does not add these headers to responses of the API. */
const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Strict-Transport-Security': 'max-age=31536000',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

export interface HttpRequest {
  routeKey: string;
  /** The path variables. */
  path: Record<string, string | undefined>;
  query: Record<string, string | undefined>;
  headers: Record<string, string | undefined>;
  body: Buffer | undefined;
}

/** The event of a route with IAM authorization also contains the caller. */
type HttpEvent = APIGatewayProxyEventV2 & { requestContext: { authorizer?: { iam?: { userArn: string } } } };

export interface HttpReply {
  statusCode: number;
  body: object;
}

/**
 * Wraps the handler of an HTTP API route. Runs `operation` and returns its reply as JSON. If `operation` throws a ProblemError,
 * returns the problem (RFC 9457) with the status of the error. For any other error, returns a problem with status 503.
 */
export function httpHandler(operation: (request: HttpRequest) => Promise<HttpReply>) {
  return instrument(async (event: HttpEvent): Promise<APIGatewayProxyStructuredResultV2> => {
    const { routeKey } = event;
    logger.appendKeys({ routeKey, caller: event.requestContext.authorizer?.iam?.userArn });
    try {
      const { headers, pathParameters: path = {}, queryStringParameters: query = {} } = event;
      const request = { routeKey, path, query, headers, body: decodeBody(event) };
      const { statusCode, body } = await operation(request);
      return createResponse(statusCode, 'application/json', body);
    } catch (error) {
      const problem = toProblemError(error);
      recordProblem(problem, routeKey);
      const headers = problemHeaders(problem);
      return createResponse(problem.status, 'application/problem+json', problem.toProblem(), headers);
    }
  });
}

function createResponse(
  statusCode: number,
  contentType: string,
  body: object,
  headers: Record<string, string> = {},
) {
  return {
    statusCode,
    headers: { 'Content-Type': contentType, ...SECURITY_HEADERS, ...headers },
    body: JSON.stringify(body),
  };
}

/** Returns the standard HTTP headers for the problem, for clients that do not read the body. */
function problemHeaders({ status, retryAfterMs }: ProblemError): Record<string, string> {
  return {
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
    ...(retryAfterMs === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) }),
  };
}

/**
 * Decodes a body. API Gateway encodes bodies in base64 unless their content type is text. For example, the default content type
 * of curl is a form, so its bodies are encoded.
 *
 * @throws ProblemError `too-large`. The size is checked before the key, because anyone can send the 6 MB that Lambda accepts.
 */
function decodeBody({ body, isBase64Encoded }: APIGatewayProxyEventV2): Buffer | undefined {
  if (body === undefined) return undefined;
  const encoding = isBase64Encoded ? 'base64' : 'utf8';
  if (Buffer.byteLength(body, encoding) > MAX_BODY_BYTES)
    throw new ProblemError('too-large', `The body has more than ${MAX_BODY_BYTES} bytes.`);
  return Buffer.from(body, encoding);
}
