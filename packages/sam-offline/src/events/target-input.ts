import type { JsonObject } from '../core/service';
import { compileJsonPath, MISSING } from '../json/json-path';
import type { TargetInputModel } from './model';

/** The rule and the time for the reserved variables of an input transformer. */
export interface InputContext {
  readonly ruleArn: string;
  readonly ruleName: string;
  /** Epoch milliseconds. */
  readonly ingestedAt: number;
}

/** Returns what a target receives for an event. */
export type CreateInput = (event: JsonObject, context: InputContext) => unknown;

/**
 * Compiles the input of a target. Without one, the target receives the event.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 *
 * @throws Error with the message of AWS if the input is not valid.
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

/** Names, indexes and wildcards: the syntax that EventBridge documents. */
const SUPPORTED_PATH = /^\$(?:\.?\[(?:\d+|\*|'[^']*')\]|\.[\w/-]+|\.\*)*$/;

function compilePath(path: string): (event: unknown) => unknown {
  if (!SUPPORTED_PATH.test(path)) throw new Error(`Invalid JSONPath ${path}`);
  return compileJsonPath(path.slice(1)).select;
}

/** Returns the JSON that replaces a variable, or undefined for a path that selects nothing. */
type ReadVariable = (event: JsonObject, context: InputContext) => unknown;

/**
 * The reserved variables. `aws.events.event` lacks the detail.
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

/** A path that selects nothing leaves an empty value. */
function formatValue(value: unknown): string {
  return JSON.stringify(value === MISSING ? '' : value);
}

/** Objects and arrays in a string lose their quotes, so that the result is JSON. */
function formatInString(value: unknown): string {
  if (value === MISSING) return '';
  if (typeof value === 'string') return JSON.stringify(value).slice(1, -1);
  return JSON.stringify(value).replaceAll('"', '');
}

/** The result of a template with several lines of strings is not JSON. The target receives it as a string. */
function parseResult(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
