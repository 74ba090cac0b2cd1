import { isObject } from '../../core/service';
import { isInteger } from '../field-values';
import type { ExpressionSources } from '../jsonata/expression';
import type { Machine } from '../machine';
import { compileBranch } from './compile-branch';
import { Compiler } from './compiler';
import { MACHINE_FIELDS } from './fields';
import { checkStateNames } from './graph';

/**
 * Validates and compiles a definition in Amazon States Language with JSONata (https://states-language.net/spec.html).
 *
 * @param sources supplies random numbers and times
 * @throws UnsupportedError that lists every invalid or unsupported field, by state.
 */
export function compileMachine(definition: unknown, sources: ExpressionSources): Machine {
  const compiler = new Compiler(sources);
  const machine = compiler.requireObject(undefined, definition, 'the definition');
  compiler.checkFields(undefined, machine, MACHINE_FIELDS);
  if (machine.QueryLanguage !== 'JSONata') {
    compiler.addProblem(
      undefined,
      'JSONPath is not supported. Set QueryLanguage to JSONata at the top level',
    );
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
