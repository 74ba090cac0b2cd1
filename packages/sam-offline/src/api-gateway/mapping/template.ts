import { Compile, parse } from 'velocityjs';
import { readJsonPath } from '../../json/json-path';
import { followPath } from '../follow-path';
import { JAVA_METHODS } from './java-methods';
import { findHeader, type MappingRequest } from './request';

type Ast = ReturnType<typeof parse>;

/** The parsed mapping templates. The map does not grow further, because all mapping templates are in the SAM template. */
const parsed = new Map<string, Ast>();

/**
 * Renders a mapping template in the Velocity Template Language. References without a value render as an empty string.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 */
export function renderTemplate(template: string, request: MappingRequest): string {
  return renderWithOverrides(template, request).text;
}

/** The values that a template sets in `$context.requestOverride` or `$context.responseOverride`. */
export interface Overrides {
  readonly status?: unknown;
  readonly header: Readonly<Record<string, string>>;
  readonly path: Readonly<Record<string, string>>;
  readonly querystring: Readonly<Record<string, string>>;
}

/**
 * Renders a template of a REST API, which can override parts of the request or of the response.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
 */
export function renderWithOverrides(
  template: string,
  request: MappingRequest,
): { text: string; requestOverride: Overrides; responseOverride: Overrides } {
  const ast = parsed.get(template) ?? parse(template);
  parsed.set(template, ast);
  const compile = new Compile(ast, { escape: false, customMethodHandlers: [JAVA_METHODS] });
  const [requestOverride, responseOverride] = [createOverrides(), createOverrides()];
  const variables = {
    input: createInput(request),
    util: UTIL,
    context: { ...structuredClone(request.context), requestOverride, responseOverride },
    stageVariables: { ...request.stageVariables },
  };
  const text = compile.render(variables, undefined, true);
  return {
    text,
    requestOverride: readOverrides(requestOverride),
    responseOverride: readOverrides(responseOverride),
  };
}

/** Creates the objects in which templates set overrides. The values can be numbers. */
const createOverrides = () => ({ header: {}, path: {}, querystring: {} });

function readOverrides({
  header,
  path,
  querystring,
  ...rest
}: ReturnType<typeof createOverrides>): Overrides {
  return { ...rest, header: toTexts(header), path: toTexts(path), querystring: toTexts(querystring) };
}

function toTexts(values: object): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

function createInput({ body, headers, query, path: pathParameters = {} }: MappingRequest) {
  // Templates receive an empty object if the request has no payload.
  const payload = body === '' ? {} : parseJson(body);
  const read = (path: string) => readJsonPath(payload, path) ?? '';
  return {
    body,
    path: read,
    json: (path: string) => JSON.stringify(read(path)),
    params: (name?: string) => {
      if (name === undefined) return { path: pathParameters, querystring: query, header: headers };
      return (
        followPath(pathParameters, [name]) ?? followPath(query, [name]) ?? findHeader(headers, name) ?? ''
      );
    },
  };
}

/** Parses JSON. Returns other text unchanged. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const UTIL = {
  escapeJavaScript,
  parseJson,
  urlEncode: (text: unknown) => new URLSearchParams([['', String(text)]]).toString().slice(1),
  urlDecode: (text: unknown) => new URLSearchParams(`v=${text}`).get('v') ?? '',
  base64Encode: (text: unknown) => Buffer.from(String(text)).toString('base64'),
  base64Decode: (text: unknown) => Buffer.from(String(text), 'base64').toString(),
};

const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Escapes text, including single quotes and slashes, as `StringEscapeUtils.escapeJavaScript` of Apache Commons Lang does. */
function escapeJavaScript(text: unknown): string {
  return String(text ?? '').replace(
    /['"\\/]|[^ -~]/g,
    (character) =>
      ESCAPES[character] ??
      (/['"\\/]/.test(character)
        ? `\\${character}`
        : `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`),
  );
}
