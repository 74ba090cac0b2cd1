import { Compile, parse } from 'velocityjs';
import { readJsonPath } from '../../json/json-path';
import { followPath } from '../follow-path';
import { JAVA_METHODS } from './java-methods';
import { findHeader, type MappingRequest } from './request';

type Ast = ReturnType<typeof parse>;

/** The parsed templates. Their number is limited, because all of them are in the SAM template. */
const parsed = new Map<string, Ast>();

/**
 * Renders a mapping template in the Velocity Template Language. References without a value render as an empty string.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 */
export function renderTemplate(template: string, request: MappingRequest): string {
  const ast = parsed.get(template) ?? parse(template);
  parsed.set(template, ast);
  const compile = new Compile(ast, { escape: false, customMethodHandlers: [JAVA_METHODS] });
  const variables = {
    input: createInput(request),
    util: UTIL,
    context: structuredClone(request.context),
    stageVariables: { ...request.stageVariables },
  };
  return compile.render(variables, undefined, true);
}

function createInput({ body, headers, query }: MappingRequest) {
  // Without a payload, the payload is an empty object.
  const payload = body === '' ? {} : parseJson(body);
  const read = (path: string) => readJsonPath(payload, path) ?? '';
  return {
    body,
    path: read,
    json: (path: string) => JSON.stringify(read(path)),
    params: (name?: string) => {
      if (name === undefined) return { path: {}, querystring: query, header: headers };
      return followPath(query, [name]) ?? findHeader(headers, name) ?? '';
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

/** Escapes text as `StringEscapeUtils.escapeJavaScript` of Apache Commons Lang does, single quotes and slashes included. */
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
