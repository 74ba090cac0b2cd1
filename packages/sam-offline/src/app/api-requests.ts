import { AwsError, isObject, type JsonObject, type Service, UnsupportedError } from '../core/service';

/** The developer's credentials. AccessControl checks the caller's permissions before this service is called. */
const SIGNATURE = 'AWS4-HMAC-SHA256 Credential=local/20260101/local/execute-api/aws4_request';

/**
 * Creates the service for the `apigateway:invoke` tasks of Step Functions. Its action `Invoke` sends a request to an API of the
 * application, or to the `@connections` of a WebSocket API.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
 *
 * @param port returns the port of the runtime
 */
export function createApiRequests(port: () => number): Service {
  return {
    async call(action, input) {
      if (action !== 'Invoke')
        throw new UnsupportedError(`API Gateway: the action ${action} is not supported.`);
      const response = await fetch(createUrl(input, port()), createRequest(input));
      const text = await response.text();
      const headers = [...response.headers].map(([name, value]) => [name, [value]]);
      return {
        Headers: Object.fromEntries(headers),
        ResponseBody: parseBody(text, response.headers.get('content-type')),
        StatusCode: response.status,
        StatusText: response.statusText,
      };
    },
  };
}

function createUrl({ ApiEndpoint, Stage, Path = '', QueryParameters }: JsonObject, port: number): URL {
  const [apiId] = String(ApiEndpoint).split('.');
  if (typeof ApiEndpoint !== 'string' || apiId === '') {
    throw new AwsError('ValidationException', 'ApiEndpoint must be API_ID.execute-api.REGION.amazonaws.com');
  }
  const stage = Stage === undefined ? '' : `/${Stage}`;
  const query = isObject(QueryParameters) ? Object.entries(QueryParameters).flatMap(toPairs) : [];
  const search = query.length === 0 ? '' : `?${new URLSearchParams(query)}`;
  const base = `/_apis/${apiId}${stage}`;
  const url = new URL(`http://127.0.0.1:${port}${base}${Path}${search}`);
  // IAM has authorized only this API. A path such as `/../..` must not reach another API or the console.
  if (url.pathname === base || url.pathname.startsWith(`${base}/`)) return url;
  throw new AwsError('ValidationException', `The Path ${Path} is not a path of the API.`);
}

function createRequest({ Method, Headers, RequestBody, AuthType }: JsonObject): RequestInit {
  const headers = new globalThis.Headers(isObject(Headers) ? Object.entries(Headers).flatMap(toPairs) : []);
  if (AuthType === 'IAM_ROLE') headers.set('authorization', SIGNATURE);
  if (RequestBody === undefined) return { method: String(Method), headers };
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  return { method: String(Method), headers, body: String(RequestBody) };
}

/** Converts a header or query parameter, which may have a list of values, to pairs of name and value. */
function toPairs([name, values]: [string, unknown]): [string, string][] {
  return [values].flat().map((value) => [name, String(value)]);
}

function parseBody(text: string, contentType: string | null): unknown {
  if (!contentType?.includes('json')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
