import { isObject, type JsonObject } from '../../core/service';
import { isInteger } from '../field-values';
import type { Catcher } from '../machine';
import type { Retrier } from '../run/retry';
import { type Compiler, present } from './compiler';
import { CATCHER_FIELDS, RETRIER_FIELDS } from './fields';

/** Reads a state's `Retry`, with the States language's defaults: 1 s, three times, doubling, without jitter. */
export function compileRetriers(compiler: Compiler, name: string, value: unknown): Retrier[] {
  if (value === undefined) return [];
  const rules = Array.isArray(value) ? value : [];
  if (!Array.isArray(value)) compiler.problem(name, 'Retry must be a list');
  return rules.map((rule, index): Retrier => {
    const at = `Retry[${index}]/`;
    const retrier = compiler.object(name, rule, `Retry[${index}]`);
    compiler.fields(name, retrier, RETRIER_FIELDS, at);
    const expect = (field: string, holds: boolean, what: string) => {
      if (retrier[field] !== undefined && !holds) compiler.problem(name, `${at}${field} must be ${what}`);
    };
    const { IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds, JitterStrategy } = retrier;
    expect('IntervalSeconds', isInteger(IntervalSeconds, 1), 'a whole number from 1 on');
    expect('MaxAttempts', isInteger(MaxAttempts, 0), 'a whole number from 0 on');
    expect('BackoffRate', typeof BackoffRate === 'number' && BackoffRate >= 1, 'a number from 1 on');
    expect('MaxDelaySeconds', isInteger(MaxDelaySeconds, 1, 31_622_399), 'a whole number below 31,622,400');
    expect('JitterStrategy', JitterStrategy === 'FULL' || JitterStrategy === 'NONE', 'FULL or NONE');
    const interval = (IntervalSeconds as number | undefined) ?? 1;
    const most = MaxDelaySeconds as number | undefined;
    if (most !== undefined && most <= interval) {
      compiler.problem(name, `${at}MaxDelaySeconds must be greater than IntervalSeconds`);
    }
    return {
      errorEquals: errorEquals(compiler, name, retrier, at, index === rules.length - 1),
      intervalSeconds: interval,
      maxAttempts: (MaxAttempts as number | undefined) ?? 3,
      backoffRate: (BackoffRate as number | undefined) ?? 2,
      maxDelaySeconds: most,
      fullJitter: JitterStrategy === 'FULL',
    };
  });
}

/** Reads a state's `Catch`. */
export function compileCatchers(compiler: Compiler, name: string, value: unknown): Catcher[] {
  if (value === undefined) return [];
  const rules = Array.isArray(value) ? value : [];
  if (!Array.isArray(value)) compiler.problem(name, 'Catch must be a list');
  return rules.map((rule, index): Catcher => {
    const at = `Catch[${index}]/`;
    const catcher = compiler.object(name, rule, `Catch[${index}]`);
    compiler.fields(name, catcher, CATCHER_FIELDS, at);
    if (typeof catcher.Next !== 'string') compiler.problem(name, `${at}Next must name a state`);
    if (catcher.Assign !== undefined && !isObject(catcher.Assign)) {
      compiler.problem(name, `${at}Assign must be an object`);
    }
    return {
      errorEquals: errorEquals(compiler, name, catcher, at, index === rules.length - 1),
      next: String(catcher.Next),
      ...present({
        output: compiler.template(name, catcher, 'Output', at, true),
        assign: compiler.template(name, catcher, 'Assign', at, true),
      }),
    };
  });
}

function errorEquals(
  compiler: Compiler,
  name: string,
  rule: JsonObject,
  at: string,
  last: boolean,
): string[] {
  const names = compiler.list(name, rule.ErrorEquals, `${at}ErrorEquals`).map(String);
  if (names.includes('States.ALL') && (names.length > 1 || !last)) {
    compiler.problem(name, `${at}ErrorEquals: States.ALL must stand alone and in the last element`);
  }
  return names;
}
