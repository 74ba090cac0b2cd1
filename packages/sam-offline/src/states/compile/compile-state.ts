import { isObject, type JsonObject } from '../../core/service';
import { isInteger, parseTimestamp } from '../field-values';
import { hasExpression } from '../jsonata/template';
import type { ChoiceRule, Effects, State } from '../machine';
import { compileCatchers, compileRetriers } from './compile-retry-catch';
import { compileTaskRunner } from './compile-task';
import { omitUndefined } from './compiler';
import { CATCHER_FIELDS, RULE_FIELDS } from './fields';
import type { StateSource } from './state-source';

/** Compiles the fields that all states except Fail have. */
export function compileBase(source: StateSource): { name: string } & Effects {
  return { name: source.name, ...compileEffects(source, source.state, '') };
}

/** Compiles Output, Assign and Next of a state or a choice rule. */
function compileEffects({ compiler, name }: StateSource, owner: JsonObject, path: string): Effects {
  if (owner.Assign !== undefined && !isObject(owner.Assign)) {
    compiler.addProblem(name, `${path}Assign must be an object`);
  }
  const next = typeof owner.Next === 'string' ? owner.Next : undefined;
  const output = compiler.compileField(name, owner, 'Output', path);
  const assign = compiler.compileField(name, owner, 'Assign', path);
  return omitUndefined({ output, assign, next });
}

export function compileFail({ compiler, name, state }: StateSource): State {
  for (const field of ['Error', 'Cause']) {
    if (state[field] !== undefined && typeof state[field] !== 'string') {
      compiler.addProblem(name, `${field} must be a string`);
    }
  }
  const error = compiler.compileField(name, state, 'Error');
  const cause = compiler.compileField(name, state, 'Cause');
  return { type: 'Fail', name, ...omitUndefined({ error, cause }) };
}

export function compileWait(source: StateSource): State {
  const { compiler, name, state } = source;
  if ((state.Seconds === undefined) === (state.Timestamp === undefined)) {
    compiler.addProblem(name, 'set either Seconds or Timestamp');
  }
  checkIntegerField(source, 'Seconds', 0);
  const { Timestamp } = state;
  if (Timestamp !== undefined && !hasExpression(Timestamp) && parseTimestamp(Timestamp) === undefined) {
    compiler.addProblem(name, 'Timestamp must be an RFC 3339 timestamp or an expression');
  }
  const seconds = compiler.compileField(name, state, 'Seconds');
  const timestamp = compiler.compileField(name, state, 'Timestamp');
  return { type: 'Wait', ...compileBase(source), ...omitUndefined({ seconds, timestamp }) };
}

/** Reports a field if its value is neither an integer nor an expression. */
export function checkIntegerField({ compiler, name, state }: StateSource, field: string, min: number): void {
  const value = state[field];
  if (value === undefined || isInteger(value, min)) return;
  if (typeof value === 'string' && hasExpression(value)) return;
  compiler.addProblem(name, `${field} must be an integer of at least ${min} or an expression`);
}

export function compileChoice(source: StateSource): State {
  const { compiler, name, state } = source;
  const rules = compiler.requireList(name, state.Choices, 'Choices').map((value, index): ChoiceRule => {
    const path = `Choices[${index}]/`;
    const rule = compiler.requireObject(name, value, `Choices[${index}]`);
    compiler.checkFields(name, rule, RULE_FIELDS, path);
    const condition = rule.Condition;
    if (typeof condition !== 'string' || !hasExpression(condition)) {
      compiler.addProblem(name, `${path}Condition must be an expression`);
    }
    if (typeof rule.Next !== 'string') compiler.addProblem(name, `${path}Next must be the name of a state`);
    const template = compiler.compileField(name, rule, 'Condition', path) ?? (() => false);
    return { condition: template, ...compileEffects(source, rule, path) };
  });
  const hasDefault = typeof state.Default === 'string';
  const { next: _, ...rest } = compileBase(source);
  return {
    type: 'Choice',
    ...rest,
    rules,
    hasDefault,
    ...(hasDefault ? { next: state.Default as string } : {}),
  };
}

export function compileTask(source: StateSource): State {
  const { compiler, name, state } = source;
  checkIntegerField(source, 'TimeoutSeconds', 1);
  checkIntegerField(source, 'HeartbeatSeconds', 1);
  const args = compiler.compileField(name, state, 'Arguments');
  const timeoutSeconds = compiler.compileField(name, state, 'TimeoutSeconds');
  const heartbeatSeconds = compiler.compileField(name, state, 'HeartbeatSeconds');
  return {
    type: 'Task',
    ...compileRecovery(source),
    ...compileTaskRunner(source),
    ...omitUndefined({ arguments: args, timeoutSeconds, heartbeatSeconds }),
  };
}

/** Compiles the common fields of states with Retry and Catch. */
export function compileRecovery(source: StateSource) {
  const { compiler, name, state } = source;
  const compileCatcherEffects = (catcher: JsonObject, path: string): Effects => {
    if (catcher.Assign !== undefined && !isObject(catcher.Assign)) {
      compiler.addProblem(name, `${path}Assign must be an object`);
    }
    return omitUndefined({
      output: compiler.compileField(name, catcher, 'Output', path, true),
      assign: compiler.compileField(name, catcher, 'Assign', path, true),
    });
  };
  return {
    ...compileBase(source),
    retriers: compileRetriers(compiler, name, state.Retry),
    catchers: compileCatchers(source, CATCHER_FIELDS, compileCatcherEffects),
  };
}
