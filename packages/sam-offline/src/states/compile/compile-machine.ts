import { isObject } from '../../core/service';
import { isInteger } from '../field-values';
import type { ExpressionSources } from '../jsonata/expression';
import type { Machine } from '../machine';
import type { StateMachineModel } from '../model';
import { compileBranch } from './compile-branch';
import { Compiler } from './compiler';
import { MACHINE_FIELDS } from './fields';
import { checkStateNames } from './graph';

/**
 * Validates and compiles a definition in Amazon States Language (https://states-language.net/spec.html). States can use
 * JSONPath or JSONata.
 *
 * @param sources returns random numbers and the time
 * @param type the type of the state machine. Express workflows do not wait for jobs and task tokens.
 * @throws UnsupportedError that lists all invalid fields, by state.
 */
export function compileMachine(
  definition: unknown,
  sources: ExpressionSources,
  type: StateMachineModel['type'],
): Machine {
  const language = isObject(definition) ? (definition.QueryLanguage ?? 'JSONPath') : 'JSONPath';
  const compiler = new Compiler(sources, language === 'JSONata' ? 'JSONata' : 'JSONPath', type);
  const machine = compiler.requireObject(undefined, definition, 'the definition');
  compiler.checkFields(undefined, machine, MACHINE_FIELDS);
  if (language !== 'JSONata' && language !== 'JSONPath') {
    compiler.addProblem(undefined, `QueryLanguage must be JSONata or JSONPath, but is '${language}'`);
  }
  if (machine.Version !== undefined && machine.Version !== '1.0') {
    compiler.addProblem(undefined, `Version must be 1.0, but is '${machine.Version}'`);
  }
  const timeoutSeconds = machine.TimeoutSeconds;
  if (timeoutSeconds !== undefined && !isInteger(timeoutSeconds, 1)) {
    compiler.addProblem(undefined, 'TimeoutSeconds must be a positive integer');
  }
  if (isObject(machine.States)) checkStateNames(machine, compiler);
  const branch = compileBranch(compiler, undefined, machine, new Set());
  compiler.throwIfInvalid();
  return { ...branch, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds: timeoutSeconds as number }) };
}
