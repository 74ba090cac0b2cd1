import { isObject, type JsonObject } from '../../core/service';
import type { Compiler } from './compiler';

/** The checks that look at more than one state: names, transitions, variables. */

/** Every state's name is unique in the whole definition and at most 80 characters long. */
export function checkStateNames(machine: JsonObject, compiler: Compiler): void {
  const seen = new Set<string>();
  walkStates(machine, (name) => {
    if (seen.has(name)) compiler.problem(name, 'another state has the same name');
    if (name.length > 80) compiler.problem(name, 'its name is longer than 80 characters');
    seen.add(name);
  });
}

function walkStates(branch: JsonObject, visit: (name: string) => void): void {
  for (const [name, state] of Object.entries(isObject(branch.States) ? branch.States : {})) {
    visit(name);
    for (const inner of innerBranches(state)) walkStates(inner, visit);
  }
}

function innerBranches(state: unknown): JsonObject[] {
  if (!isObject(state)) return [];
  const branches = Array.isArray(state.Branches) ? state.Branches : [];
  return [...branches, state.ItemProcessor].filter(isObject);
}

/** Every target exists, every state can be reached, and one of them ends the branch. */
export function checkTransitions(where: string | undefined, branch: JsonObject, compiler: Compiler): void {
  const states = isObject(branch.States) ? branch.States : {};
  const of = where === undefined ? '' : `of state '${where}' `;
  const reached = new Set<string>();
  const pending: [from: string, to: unknown][] = [[`${of}StartAt`, branch.StartAt]];
  let ends = false;
  for (let step = pending.pop(); step; step = pending.pop()) {
    const [from, to] = step;
    if (typeof to !== 'string' || !Object.hasOwn(states, to)) {
      compiler.problem(undefined, `${from} names the state '${to}', which is not there`);
      continue;
    }
    if (reached.has(to)) continue;
    reached.add(to);
    const state = states[to];
    if (!isObject(state)) continue;
    if (state.End === true || state.Type === 'Succeed' || state.Type === 'Fail') ends = true;
    for (const target of targets(state)) pending.push([`state '${to}'`, target]);
  }
  for (const name of Object.keys(states)) {
    if (!reached.has(name)) compiler.problem(name, 'no state leads to it');
  }
  if (!ends) compiler.problem(where, 'no state can be reached that ends it');
}

function targets(state: JsonObject): unknown[] {
  const rules = [state.Choices, state.Catch].flatMap((list) => (Array.isArray(list) ? list : []));
  const all = [state.Next, state.Default, ...rules.map((rule) => (isObject(rule) ? rule.Next : undefined))];
  return all.filter((target) => target !== undefined);
}

/** The names of the variables a branch assigns itself, not counting the branches inside it. */
export function assignedVariables(branch: JsonObject): Map<string, string> {
  const assigned = new Map<string, string>();
  for (const [name, state] of Object.entries(isObject(branch.States) ? branch.States : {})) {
    if (!isObject(state)) continue;
    const rules = [state.Choices, state.Catch].flatMap((list) => (Array.isArray(list) ? list : []));
    for (const holder of [state, ...rules]) {
      if (isObject(holder) && isObject(holder.Assign)) {
        for (const variable of Object.keys(holder.Assign)) assigned.set(variable, name);
      }
    }
  }
  return assigned;
}
