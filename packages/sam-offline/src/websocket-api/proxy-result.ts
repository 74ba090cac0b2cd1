/** The validated result of a Lambda proxy integration. */
export interface ProxyResult {
  readonly statusCode: number;
  /** The headers by lower-case name. If a header has several values, only the first value. */
  readonly headers: ReadonlyMap<string, string>;
  /** The decoded body. The client receives it if the route has a route response. */
  readonly body?: string;
}

const MEMBERS = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);

/**
 * Validates a function's result. See "Output format of a Lambda function for proxy integration" in the API Gateway Developer
 * Guide. As in API Gateway, the integration fails if the result has unknown members or no `statusCode`.
 *
 * Returns the result, or an error message.
 */
export function parseProxyResult(payload: unknown): ProxyResult | string {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return 'The function must return an object with a statusCode.';
  }
  const result = payload as Record<string, unknown>;
  const unknownMember = Object.keys(result).find((name) => !MEMBERS.has(name));
  if (unknownMember !== undefined) return `The function returned the unknown member "${unknownMember}".`;
  const statusCode = Number(result.statusCode);
  if (!/^[2-5]\d\d$/.test(String(result.statusCode))) return 'The function returned no valid statusCode.';
  const { body } = result;
  if (body !== undefined && body !== null && typeof body !== 'string') {
    return 'The function returned a body that is not a string.';
  }
  const headers = collectHeaders(result.headers, result.multiValueHeaders);
  if (typeof body !== 'string' || body === '') return { statusCode, headers };
  return {
    statusCode,
    headers,
    body: result.isBase64Encoded === true ? Buffer.from(body, 'base64').toString() : body,
  };
}

function collectHeaders(single: unknown, multiple: unknown): Map<string, string> {
  const headers = new Map<string, string>();
  for (const source of [single, multiple]) {
    if (typeof source !== 'object' || source === null) continue;
    for (const [name, value] of Object.entries(source)) {
      const first = Array.isArray(value) ? value[0] : value;
      if (!headers.has(name.toLowerCase())) headers.set(name.toLowerCase(), String(first));
    }
  }
  return headers;
}
