import { isInteger, parseTimestamp } from '../field-values';
import type { Template } from '../jsonata/template';
import type { ChoiceRule, Effects, State } from '../machine';
import { compileChoiceRule } from './compile-choice-rule';
import { compileCatchers, compileRetriers } from './compile-retry-catch';
import { compileTaskRunner } from './compile-task';
import { omitUndefined } from './compiler';
import { JSONPATH_CATCHER_FIELDS } from './fields';
import {
  compileAssign,
  compileErrorOutput,
  compileInputOutput,
  compileInputPath,
  compilePayloadField,
  compileResultOutput,
  compileTypedPath,
  type FieldOwner,
} from './jsonpath-data-flow';
import type { StateSource } from './state-source';

/**
 * The functions that compile JSONPath states without nested branches, by state type. Compiled JSONPath and JSONata states run
 * in the same way.
 */
export const COMPILE_JSONPATH = {
  Pass: compilePass,
  Succeed: (source: StateSource): State => ({ type: 'Succeed', ...compileBase(source) }),
  Fail: compileFail,
  Wait: compileWait,
  Choice: compileChoice,
  Task: compileTask,
};

function toOwner({ compiler, name, state }: StateSource): FieldOwner {
  return { compiler, name, owner: state, path: '' };
}

/** Compiles the common fields of states without a result. */
function compileBase(source: StateSource): { name: string } & Effects {
  const owner = toOwner(source);
  const readInput = compileInputPath(owner);
  const output = compileInputOutput(owner, readInput);
  return {
    name: source.name,
    output,
    ...omitUndefined({ assign: compileAssign(owner, readInput), next: getNext(source) }),
  };
}

const readResult: Template = ({ states }) => states.result;
const readErrorOutput: Template = ({ states }) => states.errorOutput;

/** Compiles the common fields of states with a result. */
function compileResultBase(source: StateSource): { name: string } & Effects {
  const owner = toOwner(source);
  return {
    name: source.name,
    output: compileResultOutput(owner),
    ...omitUndefined({ assign: compileAssign(owner, readResult), next: getNext(source) }),
  };
}

/** Compiles the common fields of states with Retry and Catch. */
export function compileJsonPathRecovery(source: StateSource) {
  const { compiler, name, state } = source;
  const compileCatcherEffects = (catcher: Record<string, unknown>, path: string) => {
    const owner = { compiler, name, owner: catcher, path };
    const assign = compileAssign(owner, readErrorOutput);
    return { output: compileErrorOutput(owner), ...omitUndefined({ assign }) };
  };
  return {
    ...compileResultBase(source),
    retriers: compileRetriers(compiler, name, state.Retry),
    catchers: compileCatchers(source, JSONPATH_CATCHER_FIELDS, compileCatcherEffects),
  };
}

/** Compiles InputPath and Parameters. Returns undefined if the state has neither. The arguments are then the state's input. */
export function compileParameters(source: StateSource, field = 'Parameters'): Template | undefined {
  const owner = toOwner(source);
  const { state } = source;
  if (state[field] === undefined && state.InputPath === undefined) return undefined;
  const readInput = compileInputPath(owner);
  const evaluate = compilePayloadField(owner, field);
  return evaluate ? (bindings) => evaluate(readInput(bindings), bindings) : readInput;
}

function compilePass(source: StateSource): State {
  const { state } = source;
  const readInput = compileInputPath(toOwner(source));
  // Result takes precedence over Parameters.
  const parameters = compileParameters(source);
  const result = state.Result === undefined ? (parameters ?? readInput) : () => state.Result;
  return { type: 'Pass', ...compileResultBase(source), result };
}

function compileFail(source: StateSource): State {
  const { name } = source;
  return {
    type: 'Fail',
    name,
    ...omitUndefined({
      error: compileEither(source, 'Error', 'ErrorPath', isString, 'a string'),
      cause: compileEither(source, 'Cause', 'CausePath', isString, 'a string'),
    }),
  };
}

function compileWait(source: StateSource): State {
  const { compiler, name, state } = source;
  const fields = ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'];
  if (fields.filter((field) => state[field] !== undefined).length !== 1) {
    compiler.addProblem(name, `set one of ${fields.join(', ')}`);
  }
  const isTimestamp = (value: unknown) => parseTimestamp(value) !== undefined;
  const seconds = compileInteger(source, 'Seconds', 0);
  const timestamp = compileEither(source, 'Timestamp', 'TimestampPath', isTimestamp, 'an RFC 3339 timestamp');
  return { type: 'Wait', ...compileBase(source), ...omitUndefined({ seconds, timestamp }) };
}

function compileChoice(source: StateSource): State {
  const { compiler, name, state } = source;
  const readInput = compileInputPath(toOwner(source));
  const { output, next: _, ...base } = compileBase(source);
  const rules = compiler.requireList(name, state.Choices, 'Choices').map((value, index): ChoiceRule => {
    const path = `Choices[${index}]/`;
    const rule = compiler.requireObject(name, value, `Choices[${index}]`);
    if (typeof rule.Next !== 'string') compiler.addProblem(name, `${path}Next must be the name of a state`);
    const matches = compileChoiceRule(compiler, name, rule, path);
    return {
      condition: (bindings) => matches(readInput(bindings), bindings),
      ...omitUndefined({
        output,
        assign: compileAssign({ compiler, name, owner: rule, path }, readInput),
        next: String(rule.Next),
      }),
    };
  });
  const hasDefault = typeof state.Default === 'string';
  return {
    type: 'Choice',
    ...base,
    ...omitUndefined({ output, next: hasDefault ? (state.Default as string) : undefined }),
    rules,
    hasDefault,
  };
}

function compileTask(source: StateSource): State {
  return {
    type: 'Task',
    ...compileJsonPathRecovery(source),
    ...compileTaskRunner(source),
    ...omitUndefined({
      arguments: compileParameters(source),
      timeoutSeconds: compileInteger(source, 'TimeoutSeconds', 1),
      heartbeatSeconds: compileInteger(source, 'HeartbeatSeconds', 1),
    }),
  };
}

/** Compiles an integer field or its `Path` variant. */
export function compileInteger(source: StateSource, field: string, min: number): Template | undefined {
  const isValid = (value: unknown) => isInteger(value, min);
  return compileEither(source, field, `${field}Path`, isValid, `an integer of at least ${min}`);
}

/** Compiles a field with a literal value or its `Path` variant. Reports states that have both. */
function compileEither(
  source: StateSource,
  field: string,
  pathField: string,
  isValid: (value: unknown) => boolean,
  expected: string,
): Template | undefined {
  const { compiler, name, state } = source;
  const literal = state[field];
  if (literal === undefined) {
    const owner = toOwner(source);
    return compileTypedPath(owner, pathField, compileInputPath(owner), isValid, expected);
  }
  if (state[pathField] !== undefined) compiler.addProblem(name, `set either ${field} or ${pathField}`);
  if (!isValid(literal)) compiler.addProblem(name, `${field} must be ${expected}`);
  return () => literal;
}

/** Compiles ItemsPath, which selects the items of a Map state from the effective input. */
export function compileItemsPath(source: StateSource): Template {
  const owner = toOwner(source);
  const readInput = compileInputPath(owner);
  return compileTypedPath(owner, 'ItemsPath', readInput, Array.isArray, 'an array') ?? readInput;
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function getNext({ state }: StateSource): string | undefined {
  return typeof state.Next === 'string' ? state.Next : undefined;
}
