import { isObject, type JsonObject } from '../../core/service';
import { hasExpression } from '../jsonata/template';
import type { Branch, State } from '../machine';
import {
  checkIntegerField,
  compileBase,
  compileChoice,
  compileFail,
  compileRecovery,
  compileTask,
  compileWait,
  type OuterVariables,
  type StateSource,
} from './compile-state';
import { type Compiler, omitUndefined } from './compiler';
import { BRANCH_FIELDS, PROCESSOR_FIELDS, STATE_FIELDS } from './fields';
import { checkTransitions, findAssignedVariables } from './graph';

/** Compiles a branch. `parentName` is the Map or Parallel state that contains it, undefined at the top level. */
export function compileBranch(
  compiler: Compiler,
  parentName: string | undefined,
  branch: JsonObject,
  outer: OuterVariables,
): Branch {
  const definitions = compiler.requireObject(parentName, branch.States, 'States');
  if (isObject(branch.States)) checkTransitions(parentName, branch, compiler);
  const assigned = findAssignedVariables(branch);
  for (const [variable, name] of assigned) checkVariable(compiler, name, variable, outer);
  const variables = new Set([...outer, ...assigned.keys()]);
  const states = new Map<string, State>();
  for (const [name, definition] of Object.entries(definitions)) {
    const state = compileState({
      compiler,
      name,
      state: compiler.requireObject(name, definition, 'the state'),
      variables,
    });
    if (state) states.set(name, state);
  }
  return { startAt: String(branch.StartAt), states };
}

const VARIABLE_NAME = /^\p{ID_Start}[\p{ID_Continue}]*$/u;

/** Step Functions rejects assigning or shadowing a variable of an outer scope. */
function checkVariable(compiler: Compiler, name: string, variable: string, outer: OuterVariables): void {
  if (variable === 'states') compiler.addProblem(name, "Assign: the variable 'states' is reserved");
  else if (!VARIABLE_NAME.test(variable) || variable.length > 80) {
    compiler.addProblem(
      name,
      `Assign: '${variable}' is not a valid variable name. Use at most 80 letters, digits and underscores`,
    );
  }
  if (outer.has(variable)) {
    compiler.addProblem(
      name,
      `Assign: the variable '${variable}' belongs to an outer scope and is read-only. Use another name`,
    );
  }
}

function compileState(source: StateSource): State | undefined {
  const { compiler, name, state } = source;
  const type = state.Type;
  if (typeof type !== 'string' || !Object.hasOwn(STATE_FIELDS, type)) {
    compiler.addProblem(name, `Type '${type}' is not supported`);
    return undefined;
  }
  compiler.checkFields(name, state, STATE_FIELDS[type] as readonly string[]);
  if (state.QueryLanguage !== undefined && state.QueryLanguage !== 'JSONata') {
    compiler.addProblem(name, `QueryLanguage '${state.QueryLanguage}' is not supported. Use JSONata`);
  }
  if (STATE_FIELDS[type]?.includes('Next')) checkNextAndEnd(source);
  return COMPILE[type as State['type']](source);
}

function checkNextAndEnd({ compiler, name, state }: StateSource): void {
  if (state.End !== undefined && state.End !== true)
    compiler.addProblem(name, 'End must be true. To continue with another state, use Next');
  if ((state.Next === undefined) === (state.End === undefined)) {
    compiler.addProblem(name, 'set either Next or End');
  }
}

const COMPILE: { readonly [T in State['type']]: (source: StateSource) => State } = {
  Pass: (source) => ({ type: 'Pass', ...compileBase(source) }),
  Succeed: (source) => ({ type: 'Succeed', ...compileBase(source) }),
  Fail: compileFail,
  Wait: compileWait,
  Choice: compileChoice,
  Task: compileTask,
  Parallel: compileParallel,
  Map: compileMap,
};

function compileParallel(source: StateSource): State {
  const { compiler, name, state, variables } = source;
  const branches = compiler.requireList(name, state.Branches, 'Branches').map((value, index) => {
    const branch = compiler.requireObject(name, value, `Branches[${index}]`);
    compiler.checkFields(name, branch, BRANCH_FIELDS, `Branches[${index}]/`);
    return compileBranch(compiler, name, branch, variables);
  });
  const args = compiler.compileField(name, state, 'Arguments');
  return { type: 'Parallel', ...compileRecovery(source), branches, ...omitUndefined({ arguments: args }) };
}

function compileMap(source: StateSource): State {
  const { compiler, name, state, variables } = source;
  const processor = compiler.requireObject(name, state.ItemProcessor, 'ItemProcessor');
  compiler.checkFields(name, processor, PROCESSOR_FIELDS, 'ItemProcessor/');
  checkProcessorConfig(compiler, name, processor.ProcessorConfig);
  checkIntegerField(source, 'MaxConcurrency', 0);
  const { Items } = state;
  if (Items !== undefined && !Array.isArray(Items) && !(typeof Items === 'string' && hasExpression(Items))) {
    compiler.addProblem(name, 'Items must be an array or an expression');
  }
  const items = compiler.compileField(name, state, 'Items');
  const itemSelector = compiler.compileField(name, state, 'ItemSelector');
  const maxConcurrency = compiler.compileField(name, state, 'MaxConcurrency');
  return {
    type: 'Map',
    ...compileRecovery(source),
    processor: compileBranch(compiler, name, processor, variables),
    ...omitUndefined({ items, itemSelector, maxConcurrency }),
  };
}

function checkProcessorConfig(compiler: Compiler, name: string, value: unknown): void {
  if (value === undefined) return;
  const config = compiler.requireObject(name, value, 'ItemProcessor/ProcessorConfig');
  if (config.Mode !== undefined && config.Mode !== 'INLINE') {
    compiler.addProblem(name, `Mode '${config.Mode}' is not supported. Use INLINE`);
  }
  compiler.checkFields(name, config, ['Mode', 'ExecutionType'], 'ItemProcessor/ProcessorConfig/');
  if (config.ExecutionType !== undefined) {
    compiler.addProblem(name, 'ExecutionType applies to Distributed Map only, which is not supported');
  }
}
