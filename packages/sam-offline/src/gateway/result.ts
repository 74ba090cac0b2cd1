/** What a function behind a Lambda proxy integration answered, checked. */
export interface ProxyResult {
  readonly statusCode: number;
  /** By lower-case name; of several values the first. */
  readonly headers: ReadonlyMap<string, string>;
}

const MEMBERS = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);

/**
 * Checks the answer of a function against the output format of a Lambda proxy integration ("Output format of a
 * Lambda function for proxy integration", API Gateway Developer Guide). An answer with other members, or without
 * a `statusCode`, is an integration failure there, so it is one here.
 *
 * @returns the result, or a sentence that says what is wrong with it.
 */
export function parseProxyResult(payload: unknown): ProxyResult | string {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return 'the function must return an object with a statusCode';
  }
  const answer = payload as Record<string, unknown>;
  const stranger = Object.keys(answer).find((name) => !MEMBERS.has(name));
  if (stranger !== undefined) return `the function returned a member "${stranger}" that is not allowed`;
  const statusCode = Number(answer.statusCode);
  if (!/^[2-5]\d\d$/.test(String(answer.statusCode))) return 'the function returned no valid statusCode';
  const { body } = answer;
  if (body !== undefined && body !== null && typeof body !== 'string') {
    return 'the function returned a body that is not a string';
  }
  return { statusCode, headers: headersOf(answer.headers, answer.multiValueHeaders) };
}

function headersOf(single: unknown, multiple: unknown): Map<string, string> {
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
