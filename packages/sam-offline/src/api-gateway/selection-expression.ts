import { followPath } from './follow-path';

/** The values that a selection expression can refer to. */
export interface SelectionValues {
  /** The body of the message. */
  readonly body?: string;
  /** Request headers by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** The value of `$context`. */
  readonly context?: unknown;
  readonly stageVariables?: Readonly<Record<string, string>>;
  /** The response of the integration, with headers by lower-case name. */
  readonly response?: { readonly statusCode: number; readonly headers: Readonly<Record<string, string>> };
}

/** Returns the key that an expression selects, or undefined if one of its variables has no value. */
export type SelectKey = (values: SelectionValues) => string | undefined;

interface Variable {
  readonly path: readonly string[];
}

/**
 * Compiles a selection expression. It consists of static text and variables, for example `$request.body.a.b` or
 * `${request.body.a}-${request.body.b}`. `\$` is a dollar sign.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html
 */
export function compileSelection(expression: string): SelectKey {
  const parts = parseSelection(expression);
  return (values) => {
    const resolve = createResolver(values);
    let key = '';
    for (const part of parts) {
      const text = typeof part === 'string' ? part : resolve(part.path);
      if (text === undefined) return undefined;
      key += text;
    }
    return key;
  };
}

/** Returns the variables of an expression, for example `request.body.action`. */
export function listVariables(expression: string): string[] {
  return parseSelection(expression).flatMap((part) => (typeof part === 'string' ? [] : part.path.join('.')));
}

const PARTS = /\\\$|\$\{([^}]*)\}|\$([A-Za-z][\w-]*(?:\.[\w-]+)*)/g;

function parseSelection(expression: string): (string | Variable)[] {
  const parts: (string | Variable)[] = [];
  let end = 0;
  for (const match of expression.matchAll(PARTS)) {
    parts.push(expression.slice(end, match.index));
    const variable = match[1] ?? match[2];
    parts.push(variable === undefined ? '$' : { path: variable.split('.') });
    end = match.index + match[0].length;
  }
  parts.push(expression.slice(end));
  return parts.filter((part) => part !== '');
}

/** Parses the body at most once. */
function createResolver(values: SelectionValues): (path: readonly string[]) => string | undefined {
  let body: { readonly value: unknown } | undefined;
  const parseBody = () => {
    body ??= { value: parseJson(values.body ?? '') };
    return body.value;
  };
  return ([root = '', ...path]) => {
    if (root === 'context') return toText(followPath(values.context, path));
    if (root === 'stageVariables') return toText(followPath(values.stageVariables, path));
    const [part = '', ...rest] = path;
    const name = rest.join('.');
    if (root === 'request') {
      if (part === 'body') return toText(followPath(parseBody(), rest));
      if (part === 'header') return toText(followPath(values.headers, [name.toLowerCase()]));
      if (part === 'querystring') return toText(followPath(values.query, [name]));
    }
    if (root === 'integration' && part === 'response') {
      if (rest[0] === 'statuscode') return values.response && String(values.response.statusCode);
      return toText(followPath(values.response?.headers, [rest.slice(1).join('.').toLowerCase()]));
    }
    return undefined;
  };
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
