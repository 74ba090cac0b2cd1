import type { JsonObject } from '../core/service';
import { compileJsonPath, MISSING } from '../json/json-path';
import type { TargetInputModel } from './model';

/** The values of an input transformer's reserved variables. */
export interface InputContext {
  readonly ruleArn: string;
  readonly ruleName: string;
  /** The time when EventBridge received the event, in epoch milliseconds. */
  readonly ingestedAt: number;
}

/** Returns the input that a target receives for an event. */
export type CreateInput = (event: JsonObject, context: InputContext) => unknown;

/**
 * Compiles the input of a target. Without an input, the target receives the event.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 *
 * @throws Error with AWS's message if the input is not valid.
 */
export function compileTargetInput(input: TargetInputModel | undefined): CreateInput {
  switch (input?.kind) {
    case undefined:
      return (event) => event;
    case 'constant': {
      const value = parseConstant(input.text);
      return () => value;
    }
    case 'path': {
      const select = compilePath(input.path);
      return (event) => select(event) ?? null;
    }
    case 'transformer':
      return compileTransformer(input.paths, input.template);
  }
}

function parseConstant(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('JSON syntax error in Input');
  }
}

/** Matches the JSONPath syntax that EventBridge documents: names, indexes and wildcards. */
const SUPPORTED_PATH = /^\$(?:\.?\[(?:\d+|\*|'[^']*')\]|\.[\w/-]+|\.\*)*$/;

function compilePath(path: string): (event: unknown) => unknown {
  if (!SUPPORTED_PATH.test(path)) throw new Error(`Invalid JSONPath ${path}`);
  return compileJsonPath(path.slice(1)).select;
}

/** Returns the JSON value that replaces a variable. If the path selects nothing, there is no value. */
type ReadVariable = (event: JsonObject, context: InputContext) => unknown;

/**
 * The reserved variables. `aws.events.event` does not contain `detail`.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html#eb-transform-input-predefined
 */
const RESERVED: Readonly<Record<string, ReadVariable>> = {
  'aws.events.rule-arn': (_, { ruleArn }) => ruleArn,
  'aws.events.rule-name': (_, { ruleName }) => ruleName,
  'aws.events.event.ingestion-time': (_, { ingestedAt }) =>
    `${new Date(ingestedAt).toISOString().slice(0, 19)}Z`,
  'aws.events.event': ({ detail: _, ...event }) => event,
  'aws.events.event.json': (event) => event,
};

const MAX_PATHS = 100;
const MAX_TEMPLATE_LENGTH = 8192;

function compileTransformer(paths: Readonly<Record<string, string>>, template: string): CreateInput {
  const names = Object.keys(paths);
  if (names.length > MAX_PATHS) throw new Error(`InputPathsMap has more than ${MAX_PATHS} entries`);
  if (template === '' || template.length > MAX_TEMPLATE_LENGTH) {
    throw new Error(`InputTemplate must have 1 to ${MAX_TEMPLATE_LENGTH} characters`);
  }
  const reserved = names.find((name) => /^aws\./i.test(name));
  if (reserved !== undefined) throw new Error(`InputPathsMap: the name ${reserved} is reserved`);
  const variables = new Map(Object.entries(RESERVED));
  for (const name of names) variables.set(name, compilePath(paths[name] as string));
  const parts = parseTemplate(template, variables);
  return (event, context) => parseResult(parts.map((part) => part(event, context)).join(''));
}

type Part = (event: JsonObject, context: InputContext) => string;

/** Splits a template into text and variables. The value of a variable inside a JSON string becomes part of the string. */
function parseTemplate(template: string, variables: ReadonlyMap<string, ReadVariable>): Part[] {
  const parts: Part[] = [];
  let inString = false;
  for (const [token, name] of template.matchAll(/<([\w.-]+)>|\\.|"|[^<"\\]+|[<\\]/gs)) {
    if (token === '"') inString = !inString;
    if (name === undefined) parts.push(() => token);
    else parts.push(createVariablePart(name, inString, variables));
  }
  return parts;
}

function createVariablePart(
  name: string,
  inString: boolean,
  variables: ReadonlyMap<string, ReadVariable>,
): Part {
  const read = variables.get(name);
  if (!read) throw new Error(`InputTemplate contains invalid placeholder ${name}`);
  const format = inString ? formatInString : formatValue;
  return (event, context) => format(read(event, context));
}

/** Formats a value outside of a string. A path that selects nothing results in an empty string. */
function formatValue(value: unknown): string {
  return JSON.stringify(value === MISSING ? '' : value);
}

/** Formats a value inside a string. Removes the quotes of objects and arrays, so that the result is valid JSON. */
function formatInString(value: unknown): string {
  if (value === MISSING) return '';
  if (typeof value === 'string') return JSON.stringify(value).slice(1, -1);
  return JSON.stringify(value).replaceAll('"', '');
}

/** Parses the result as JSON. If it is not JSON, for example several lines of strings, the target receives it as a string. */
function parseResult(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
