import { isObject, type JsonObject } from '../../core/service';
import { isInteger, parseTimestamp } from '../field-values';
import { hasExpression } from '../jsonata/template';
import type { ChoiceRule, Effects, State } from '../machine';
import { performer } from '../tasks/integrations';
import { parseResource } from '../tasks/resource';
import { compileCatchers, compileRetriers } from './compile-retry-catch';
import { type Compiler, present } from './compiler';
import { RULE_FIELDS } from './fields';

/** The variables of the scopes around a branch, which it may read and not assign. */
export type Outer = ReadonlySet<string>;

export interface Source {
  readonly compiler: Compiler;
  readonly name: string;
  readonly state: JsonObject;
  /** The variables that branches inside the state may not assign. */
  readonly variables: Outer;
}

export function common(source: Source): { name: string } & Effects {
  return { name: source.name, ...effects(source, source.state, '') };
}

/** Output, Assign and Next of a state or of one of its choice rules. */
function effects({ compiler, name }: Source, holder: JsonObject, at: string): Effects {
  if (holder.Assign !== undefined && !isObject(holder.Assign)) {
    compiler.problem(name, `${at}Assign must be an object`);
  }
  const next = typeof holder.Next === 'string' ? holder.Next : undefined;
  const output = compiler.template(name, holder, 'Output', at);
  const assign = compiler.template(name, holder, 'Assign', at);
  return present({ output, assign, next });
}

export function compileFail({ compiler, name, state }: Source): State {
  for (const field of ['Error', 'Cause']) {
    if (state[field] !== undefined && typeof state[field] !== 'string') {
      compiler.problem(name, `${field} must be text`);
    }
  }
  const error = compiler.template(name, state, 'Error');
  const cause = compiler.template(name, state, 'Cause');
  return { type: 'Fail', name, ...present({ error, cause }) };
}

export function compileWait(source: Source): State {
  const { compiler, name, state } = source;
  if ((state.Seconds === undefined) === (state.Timestamp === undefined)) {
    compiler.problem(name, 'it needs either Seconds or Timestamp');
  }
  checkNumber(source, 'Seconds', 0);
  const { Timestamp } = state;
  if (Timestamp !== undefined && !hasExpression(Timestamp) && parseTimestamp(Timestamp) === undefined) {
    compiler.problem(name, 'Timestamp must be an RFC 3339 time stamp or an expression');
  }
  const seconds = compiler.template(name, state, 'Seconds');
  const timestamp = compiler.template(name, state, 'Timestamp');
  return { type: 'Wait', ...common(source), ...present({ seconds, timestamp }) };
}

/** The field must be a whole number or an expression. */
export function checkNumber({ compiler, name, state }: Source, field: string, least: number): void {
  const value = state[field];
  if (value === undefined || isInteger(value, least)) return;
  if (typeof value === 'string' && hasExpression(value)) return;
  compiler.problem(name, `${field} must be a whole number from ${least} on, or an expression`);
}

export function compileChoice(source: Source): State {
  const { compiler, name, state } = source;
  const rules = compiler.list(name, state.Choices, 'Choices').map((value, index): ChoiceRule => {
    const at = `Choices[${index}]/`;
    const rule = compiler.object(name, value, `Choices[${index}]`);
    compiler.fields(name, rule, RULE_FIELDS, at);
    const condition = rule.Condition;
    if (typeof condition !== 'string' || !hasExpression(condition)) {
      compiler.problem(name, `${at}Condition must be an expression`);
    }
    if (typeof rule.Next !== 'string') compiler.problem(name, `${at}Next must name a state`);
    const template = compiler.template(name, rule, 'Condition', at) ?? (() => false);
    return { condition: template, ...effects(source, rule, at) };
  });
  const hasDefault = typeof state.Default === 'string';
  const { next: _, ...rest } = common(source);
  return {
    type: 'Choice',
    ...rest,
    rules,
    hasDefault,
    ...(hasDefault ? { next: state.Default as string } : {}),
  };
}

export function compileTask(source: Source): State {
  const { compiler, name, state } = source;
  const resource = parseResource(state.Resource);
  if (typeof resource === 'string') compiler.problem(name, resource);
  checkNumber(source, 'TimeoutSeconds', 1);
  const args = compiler.template(name, state, 'Arguments');
  const timeoutSeconds = compiler.template(name, state, 'TimeoutSeconds');
  return {
    type: 'Task',
    ...catching(source),
    resource: String(state.Resource),
    perform: typeof resource === 'string' ? async () => null : performer(resource),
    ...present({ arguments: args, timeoutSeconds }),
  };
}

export function catching(source: Source) {
  const { compiler, name, state } = source;
  return {
    ...common(source),
    retriers: compileRetriers(compiler, name, state.Retry),
    catchers: compileCatchers(compiler, name, state.Catch),
  };
}
