import { parseObject } from './format.js';

/**
 * Returns the error that a frame reports to the client. Recognizes objects with `type: "error"`, with a member `error` or
 * `problem` (RFC 9457), and the errors of API Gateway (`message`, `connectionId` and `requestId`). Undefined for other frames.
 *
 * @param {string} text
 * @returns {{ code: string, message: string } | undefined}
 */
export function findError(text) {
  const frame = parseObject(text);
  if (!frame) return undefined;
  const isGateway = ['message', 'connectionId', 'requestId'].every((name) => name in frame);
  if (frame.type !== 'error' && !frame.error && !isGateway) return undefined;
  const nested = [frame.error, frame.problem].find((value) => typeof value === 'object' && value !== null);
  const { code, type, message, detail, title } = /** @type {Record<string, unknown>} */ (nested ?? frame);
  const name =
    code ?? (nested && lastSegment(type)) ?? (typeof frame.error === 'string' ? frame.error : undefined);
  return { code: String(name ?? 'error'), message: String(message ?? detail ?? title ?? '') };
}

/**
 * Returns `not-found` for `urn:example:not-found` and for `https://example.com/not-found`.
 *
 * @param {unknown} uri
 */
function lastSegment(uri) {
  return typeof uri === 'string' ? uri.split(/[:/]/).at(-1) : undefined;
}
