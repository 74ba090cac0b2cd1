import { isObject, type JsonObject } from '../../core/service';
import type { Compiler } from './compiler';
import type { QueryLanguage } from './fields';

/** Reports state names that are longer than 80 characters or not unique in the whole definition. */
export function checkStateNames(machine: JsonObject, compiler: Compiler): void {
  const seen = new Set<string>();
  walkStates(machine, (name) => {
    if (seen.has(name))
      compiler.addProblem(
        name,
        'another state has the same name. State names must be unique in the whole definition',
      );
    if (name.length > 80) compiler.addProblem(name, 'the name exceeds 80 characters');
    seen.add(name);
  });
}

/** Calls `visit` for each state of a branch, including the states of nested branches. */
export function walkStates(branch: JsonObject, visit: (name: string, state: unknown) => void): void {
  for (const [name, state] of Object.entries(isObject(branch.States) ? branch.States : {})) {
    visit(name, state);
    for (const nested of getNestedBranches(state)) walkStates(nested, visit);
  }
}

function getNestedBranches(state: unknown): JsonObject[] {
  if (!isObject(state)) return [];
  const branches = Array.isArray(state.Branches) ? state.Branches : [];
  return [...branches, state.ItemProcessor, state.Iterator].filter(isObject);
}

/** Reports missing target states, unreachable states, and branches without a reachable terminal state. */
export function checkTransitions(
  parentName: string | undefined,
  branch: JsonObject,
  compiler: Compiler,
): void {
  const states = isObject(branch.States) ? branch.States : {};
  const prefix = parentName === undefined ? '' : `state '${parentName}': `;
  const reached = new Set<string>();
  const pending: [from: string, to: unknown][] = [[`${prefix}StartAt`, branch.StartAt]];
  let hasEnd = false;
  for (let step = pending.pop(); step; step = pending.pop()) {
    const [from, to] = step;
    if (typeof to !== 'string' || !Object.hasOwn(states, to)) {
      compiler.addProblem(undefined, `${from} refers to the state '${to}', which does not exist`);
      continue;
    }
    if (reached.has(to)) continue;
    reached.add(to);
    const state = states[to];
    if (!isObject(state)) continue;
    if (state.End === true || state.Type === 'Succeed' || state.Type === 'Fail') hasEnd = true;
    for (const target of getTargets(state)) pending.push([`state '${to}'`, target]);
  }
  for (const name of Object.keys(states)) {
    if (!reached.has(name)) compiler.addProblem(name, 'the state is unreachable');
  }
  if (!hasEnd) compiler.addProblem(parentName, 'no terminal state is reachable');
}

function getTargets(state: JsonObject): unknown[] {
  const rules = [state.Choices, state.Catch].flatMap((list) => (Array.isArray(list) ? list : []));
  const all = [state.Next, state.Default, ...rules.map((rule) => (isObject(rule) ? rule.Next : undefined))];
  return all.filter((target) => target !== undefined);
}

/**
 * Returns the variables that a branch assigns, with the name of the assigning state. Excludes nested branches.
 *
 * @param language the query language of states without QueryLanguage. With JSONPath, `name.$` assigns `name`.
 */
export function findAssignedVariables(branch: JsonObject, language: QueryLanguage): Map<string, string> {
  const assigned = new Map<string, string>();
  for (const [name, state] of Object.entries(isObject(branch.States) ? branch.States : {})) {
    if (!isObject(state)) continue;
    const isJsonPath = (state.QueryLanguage ?? language) === 'JSONPath';
    const rules = [state.Choices, state.Catch].flatMap((list) => (Array.isArray(list) ? list : []));
    for (const owner of [state, ...rules]) {
      if (!isObject(owner) || !isObject(owner.Assign)) continue;
      for (const key of Object.keys(owner.Assign)) {
        assigned.set(isJsonPath ? key.replace(/\.\$$/, '') : key, name);
      }
    }
  }
  return assigned;
}
