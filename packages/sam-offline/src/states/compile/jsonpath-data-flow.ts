import type { JsonObject } from '../../core/service';
import { MISSING } from '../../json/json-path';
import { createDefinitionError, RUNTIME_ERROR } from '../errors';
import type { Bindings } from '../jsonata/expression';
import type { Template } from '../jsonata/template';
import { type CompiledPath, compilePath } from '../jsonpath/path';
import { compileDynamic, compilePayload, type Evaluate } from '../jsonpath/payload-template';
import { replaceNode } from '../jsonpath/reference-path';
import type { Compiler } from './compiler';

/** A state, a rule or a catcher with JSONPath fields, and its path for error messages, for example `Catch[0]/`. */
export interface FieldOwner {
  readonly compiler: Compiler;
  readonly name: string;
  readonly owner: JsonObject;
  readonly path: string;
}

/**
 * Compiles InputPath, which selects the effective input. Without InputPath, the effective input is the state's input. If
 * InputPath is null, the effective input is `{}`.
 */
export function compileInputPath(source: FieldOwner): Template {
  const select = compileFilter(source, 'InputPath');
  if (!select) return ({ states }) => states.input;
  return (bindings) => select(bindings.states.input, bindings);
}

/**
 * Compiles the output of a state with a result: ResultSelector, ResultPath and OutputPath. `bindings.states.result` contains
 * the result.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
 */
export function compileResultOutput(source: FieldOwner): Template {
  const select = compilePayloadField(source, 'ResultSelector');
  const insert = compileResultPath(source);
  const filter = compileFilter(source, 'OutputPath');
  return (bindings) => {
    const { input, result } = bindings.states;
    const output = insert(input, select ? select(result, bindings) : result);
    return filter ? filter(output, bindings) : output;
  };
}

/** Compiles the output of a state without a result: OutputPath is applied to the effective input. */
export function compileInputOutput(source: FieldOwner, readInput: Template): Template {
  const filter = compileFilter(source, 'OutputPath');
  return filter ? (bindings) => filter(readInput(bindings), bindings) : readInput;
}

/** Compiles the output of a catcher: ResultPath is applied to the error output. Catchers have no OutputPath. */
export function compileErrorOutput(source: FieldOwner): Template {
  const insert = compileResultPath(source);
  return ({ states }) => insert(states.input, states.errorOutput);
}

/**
 * Compiles Assign. In a state with a result, `$` is the result before ResultSelector. In a catcher, it is the error output.
 * Otherwise, it is the effective input.
 * https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
 */
export function compileAssign(source: FieldOwner, readFocus: Template): Template | undefined {
  const evaluate = compilePayloadField(source, 'Assign');
  return evaluate && ((bindings) => evaluate(readFocus(bindings), bindings));
}

/** Compiles a payload template. The template must be an object. Returns undefined if the field is absent. */
export function compilePayloadField(source: FieldOwner, field: string): Evaluate | undefined {
  const { compiler, name, owner, path } = source;
  if (owner[field] === undefined) return undefined;
  // Step Functions accepts arrays only in Pass states.
  const isArray = owner.Type === 'Pass' && Array.isArray(owner[field]);
  const value = isArray ? owner[field] : compiler.requireObject(name, owner[field], `${path}${field}`);
  return compilePayload(value, createOptions(source, field));
}

/**
 * Compiles a path or a call to an intrinsic function. The value must satisfy `isValid`. Returns undefined if the field is
 * absent.
 *
 * @param expected a description of valid values, for error messages
 */
export function compileTypedPath(
  source: FieldOwner,
  field: string,
  readInput: Template,
  isValid: (value: unknown) => boolean,
  expected: string,
): Template | undefined {
  const { compiler, name, owner, path } = source;
  const text = owner[field];
  if (text === undefined) return undefined;
  if (typeof text !== 'string') {
    compiler.addProblem(name, `${path}${field} must be a path`);
    return undefined;
  }
  const evaluate = compileDynamic(text, field, createOptions(source, field));
  return (bindings) => {
    const value = evaluate(readInput(bindings), bindings);
    if (isValid(value)) return value;
    throw createDefinitionError(
      RUNTIME_ERROR,
      `The path '${text}' specified for the field '${field}' must select ${expected}, but selected ` +
        JSON.stringify(value)?.slice(0, 200),
    );
  };
}

function createOptions({ compiler, name, path }: FieldOwner, field: string) {
  return {
    field: `${path}${field}`,
    random: compiler.sources.random,
    onProblem: (text: string) => compiler.addProblem(name, text),
  };
}

type Filter = (value: unknown, bindings: Bindings) => unknown;

/** Compiles InputPath or OutputPath. Returns undefined if the path selects the whole value. */
function compileFilter(source: FieldOwner, field: 'InputPath' | 'OutputPath'): Filter | undefined {
  const text = source.owner[field];
  if (text === undefined || text === '$') return undefined;
  if (text === null) return () => ({});
  const path = compilePathField(source, field);
  if (!path) return undefined;
  return (value, bindings) => {
    const selected = path.read(value, bindings);
    if (selected !== MISSING) return selected;
    throw createDefinitionError(RUNTIME_ERROR, `Invalid path '${path.source}' : ${describeMissing(path)}`);
  };
}

/** Formats the reason like Jayway JsonPath. AWS uses this library and returns its messages. */
function describeMissing({ steps }: CompiledPath): string {
  const location = (steps ?? []).map((step) => (typeof step === 'number' ? `[${step}]` : `['${step}']`));
  return `No results for path: $${location.join('')}`;
}

type Insert = (input: unknown, result: unknown) => unknown;

/**
 * Compiles ResultPath. If the value is null, the result is discarded. If the value is `$`, the result replaces the input. A
 * reference path inserts the result into a copy of the input.
 */
function compileResultPath(source: FieldOwner): Insert {
  const text = source.owner.ResultPath;
  if (text === undefined || text === '$') return (_, result) => result;
  if (text === null) return (input) => input;
  const path = compilePathField(source, 'ResultPath');
  if (path && (!path.steps || path.root.kind !== 'focus')) {
    source.compiler.addProblem(
      source.name,
      `${source.path}ResultPath must be a reference path into the input, such as $.result`,
    );
  }
  const steps = path?.steps ?? [];
  return (input, result) => replaceNode(input, steps, result, String(text));
}

function compilePathField(source: FieldOwner, field: string): CompiledPath | undefined {
  const { compiler, name, owner, path } = source;
  try {
    return compilePath(String(owner[field]));
  } catch (error) {
    compiler.addProblem(name, `${path}${field}: ${(error as Error).message}`);
    return undefined;
  }
}
