import { isObject } from '../../core/service';
import { isInteger } from '../field-values';
import type { Machine } from '../machine';
import { compileBranch } from './compile-branch';
import { Compiler } from './compiler';
import { MACHINE_FIELDS } from './fields';
import { checkStateNames } from './graph';

/**
 * Checks a definition in Amazon States Language (https://states-language.net/spec.html, JSONata) and compiles it.
 *
 * @param random what `$random()` draws from
 * @throws UnsupportedError that lists everything that is wrong or not supported, by state.
 */
export function compileMachine(definition: unknown, random: () => number): Machine {
  const compiler = new Compiler(random);
  const machine = compiler.object(undefined, definition, 'it');
  compiler.fields(undefined, machine, MACHINE_FIELDS);
  if (machine.QueryLanguage !== 'JSONata') {
    compiler.problem(undefined, 'the top-level QueryLanguage must be JSONata; JSONPath is not supported');
  }
  if (machine.Version !== undefined && machine.Version !== '1.0') {
    compiler.problem(undefined, `Version '${machine.Version}' is not supported`);
  }
  const timeoutSeconds = machine.TimeoutSeconds;
  if (timeoutSeconds !== undefined && !isInteger(timeoutSeconds, 1)) {
    compiler.problem(undefined, 'TimeoutSeconds must be a whole number of seconds');
  }
  if (isObject(machine.States)) checkStateNames(machine, compiler);
  const branch = compileBranch(compiler, undefined, machine, new Set());
  compiler.finish();
  return { ...branch, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds: timeoutSeconds as number }) };
}
