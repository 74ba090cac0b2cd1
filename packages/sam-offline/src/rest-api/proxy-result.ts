import { isObject } from '../core/service';
import { type HttpResult, parseHttpResultV1 } from '../http-invocation/proxy-result';
import { isBinary } from './event';

/** The members of a result. None of them is required, but API Gateway rejects all other members. */
const MEMBERS = ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded'];

/** The headers of a response that API Gateway renames to `x-amzn-Remapped-NAME`. */
const REMAPPED = /^(?:authorization|connection|content-length|date|server|www-authenticate)$/i;

/**
 * Parses the result of a Lambda proxy integration. Returns the response, or an error message.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 *
 * @param accept the value of the request's Accept header. The first media type determines whether the client receives binary
 * data
 */
export function parseRestResult(
  payload: unknown,
  accept: string | undefined,
  binaryMediaTypes: readonly string[],
): HttpResult | string {
  if (!isObject(payload)) return 'The function returned no object.';
  const unknown = Object.keys(payload).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined)
    return `The function returned ${unknown}. REST APIs accept ${MEMBERS.join(', ')}.`;
  const { statusCode, headers, multiValueHeaders, isBase64Encoded } = payload;
  return parseHttpResultV1(
    {
      ...payload,
      statusCode: statusCode ?? 200,
      headers: renameHeaders(headers),
      multiValueHeaders: renameHeaders(multiValueHeaders),
      isBase64Encoded: isBase64Encoded === true && isBinary(accept, binaryMediaTypes),
    },
    'application/json',
  );
}

function renameHeaders(headers: unknown): unknown {
  if (!isObject(headers)) return headers;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      REMAPPED.test(name) ? `x-amzn-Remapped-${name}` : name,
      value,
    ]),
  );
}
