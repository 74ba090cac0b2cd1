import { readJsonPath } from '../../json/json-path';
import { followPath } from '../follow-path';
import { parseParameterSource } from './parameter-sources';
import { findHeader, type MappingRequest } from './request';

/** The parts of an integration request that parameters set. Header names are in lower case. */
export interface MappedParameters {
  readonly headers: Record<string, string>;
  readonly query: Record<string, string>;
  readonly path: Record<string, string>;
}

const PARTS = { header: 'headers', querystring: 'query', path: 'path' } as const;

/**
 * Evaluates RequestParameters, such as `integration.request.header.x: context.connectionId`. A source without a value has no
 * effect.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-mapping.html
 */
export function mapParameters(
  parameters: Readonly<Record<string, string>>,
  request: MappingRequest,
): MappedParameters {
  const mapped: MappedParameters = { headers: {}, query: {}, path: {} };
  for (const [target, source] of Object.entries(parameters)) {
    const [, part, name = ''] = /^integration\.request\.(header|querystring|path)\.(.+)$/.exec(target) ?? [];
    const value = readSource(source, request);
    if (part === undefined || value === undefined) continue;
    const key = part === 'header' ? name.toLowerCase() : name;
    mapped[PARTS[part as keyof typeof PARTS]][key] = value;
  }
  return mapped;
}

function readSource(source: string, request: MappingRequest): string | undefined {
  const parts = parseParameterSource(source);
  if (!parts) return undefined;
  const { text, part, name = '', root, path } = parts;
  if (text !== undefined) return text;
  if (part?.endsWith('header')) return findHeader(request.headers, name);
  if (part === 'path') return toText(followPath(request.path, [name]));
  if (part?.endsWith('querystring')) return toText(followPath(request.query, [name]));
  if (root === 'stageVariables') return toText(followPath(request.stageVariables, [path ?? '']));
  if (part === 'body') return name === '' ? request.body : toText(readBody(request.body, name));
  return toText(readJsonPath(request.context, `$.${path}`));
}

function toText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function readBody(body: string, path: string): unknown {
  try {
    return readJsonPath(JSON.parse(body), path.startsWith('$') ? path : `$.${path}`);
  } catch {
    return undefined;
  }
}
