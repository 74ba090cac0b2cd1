import { followPath } from '../follow-path';
import { parseParameterSource } from '../mapping/parameter-sources';
import { findHeader } from '../mapping/request';

/** The request parameters that identity sources refer to. */
export interface IdentityRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly context: Readonly<Record<string, unknown>>;
}

/**
 * Returns the value of an identity source: `route.request.header.NAME` in WebSocket APIs, `$request.header.NAME` in HTTP APIs.
 * Returns undefined if the value is missing or empty.
 *
 * https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html
 */
export function readIdentitySource(source: string, request: IdentityRequest): string | undefined {
  const normalized = source
    .trim()
    .replace(/^\$(?:route\.)?(request\.)/, 'route.$1')
    .replace(/^\$/, '');
  const { part, name = '', root, path = '' } = parseParameterSource(normalized) ?? {};
  if (part?.endsWith('header')) return findHeader(request.headers, name) || undefined;
  if (part?.endsWith('querystring')) return toText(followPath(request.query, [name]));
  if (root === 'stageVariables') return toText(followPath(request.stageVariables, [path]));
  if (root === 'context') return toText(followPath(request.context, path.split('.')));
  return undefined;
}

function toText(value: unknown): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : String(value);
}
