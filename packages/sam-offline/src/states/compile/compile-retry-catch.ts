import type { JsonObject } from '../../core/service';
import { isInteger } from '../field-values';
import type { Catcher, Effects } from '../machine';
import type { Retrier } from '../run/retry';
import type { Compiler } from './compiler';
import { RETRIER_FIELDS } from './fields';
import type { StateSource } from './state-source';

/** Compiles `Retry`. The defaults are 1 second, three attempts, a back-off rate of 2 and no jitter. */
export function compileRetriers(compiler: Compiler, name: string, value: unknown): Retrier[] {
  if (value === undefined) return [];
  const rules = Array.isArray(value) ? value : [];
  if (!Array.isArray(value)) compiler.addProblem(name, 'Retry must be an array');
  return rules.map((rule, index): Retrier => {
    const path = `Retry[${index}]/`;
    const retrier = compiler.requireObject(name, rule, `Retry[${index}]`);
    compiler.checkFields(name, retrier, RETRIER_FIELDS, path);
    const check = (field: string, isValid: boolean, expected: string) => {
      if (retrier[field] !== undefined && !isValid)
        compiler.addProblem(name, `${path}${field} must be ${expected}`);
    };
    const { IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds, JitterStrategy } = retrier;
    check('IntervalSeconds', isInteger(IntervalSeconds, 1), 'a positive integer');
    check('MaxAttempts', isInteger(MaxAttempts, 0), 'a non-negative integer');
    check('BackoffRate', typeof BackoffRate === 'number' && BackoffRate >= 1, 'a number of at least 1');
    check(
      'MaxDelaySeconds',
      isInteger(MaxDelaySeconds, 1, 31_622_399),
      'a positive integer below 31,622,400',
    );
    check('JitterStrategy', JitterStrategy === 'FULL' || JitterStrategy === 'NONE', 'FULL or NONE');
    const intervalSeconds = (IntervalSeconds as number | undefined) ?? 1;
    const maxDelaySeconds = MaxDelaySeconds as number | undefined;
    if (maxDelaySeconds !== undefined && maxDelaySeconds <= intervalSeconds) {
      compiler.addProblem(name, `${path}MaxDelaySeconds must be greater than IntervalSeconds`);
    }
    return {
      errorEquals: parseErrorEquals(compiler, name, retrier, path, index === rules.length - 1),
      intervalSeconds,
      maxAttempts: (MaxAttempts as number | undefined) ?? 3,
      backoffRate: (BackoffRate as number | undefined) ?? 2,
      maxDelaySeconds,
      hasFullJitter: JitterStrategy === 'FULL',
    };
  });
}

/**
 * Compiles `Catch`.
 *
 * @param fields the fields that are allowed in a catcher
 * @param compileEffects compiles the output and the variables of a catcher at a path, for example `Catch[0]/`
 */
export function compileCatchers(
  { compiler, name, state }: StateSource,
  fields: readonly string[],
  compileEffects: (catcher: JsonObject, path: string) => Effects,
): Catcher[] {
  const value = state.Catch;
  if (value === undefined) return [];
  const rules = Array.isArray(value) ? value : [];
  if (!Array.isArray(value)) compiler.addProblem(name, 'Catch must be an array');
  return rules.map((rule, index): Catcher => {
    const path = `Catch[${index}]/`;
    const catcher = compiler.requireObject(name, rule, `Catch[${index}]`);
    compiler.checkFields(name, catcher, fields, path);
    if (typeof catcher.Next !== 'string')
      compiler.addProblem(name, `${path}Next must be the name of a state`);
    return {
      errorEquals: parseErrorEquals(compiler, name, catcher, path, index === rules.length - 1),
      ...compileEffects(catcher, path),
      next: String(catcher.Next),
    };
  });
}

function parseErrorEquals(
  compiler: Compiler,
  name: string,
  rule: JsonObject,
  path: string,
  isLast: boolean,
): string[] {
  const names = compiler.requireList(name, rule.ErrorEquals, `${path}ErrorEquals`).map(String);
  if (names.includes('States.ALL') && (names.length > 1 || !isLast)) {
    compiler.addProblem(
      name,
      `${path}ErrorEquals: States.ALL must be the only error name and in the last element`,
    );
  }
  return names;
}
