import { isObject, type JsonObject } from '../../core/service';
import { hasExpression } from '../jsonata/template';
import type { Branch, State } from '../machine';
import {
  catching,
  checkNumber,
  common,
  compileChoice,
  compileFail,
  compileTask,
  compileWait,
  type Outer,
  type Source,
} from './compile-state';
import { type Compiler, present } from './compiler';
import { BRANCH_FIELDS, PROCESSOR_FIELDS, STATE_FIELDS } from './fields';
import { assignedVariables, checkTransitions } from './graph';

/** Compiles the states of a branch. `where`: the state it belongs to; nothing for the machine itself. */
export function compileBranch(
  compiler: Compiler,
  where: string | undefined,
  branch: JsonObject,
  outer: Outer,
): Branch {
  const definitions = compiler.object(where, branch.States, 'States');
  if (isObject(branch.States)) checkTransitions(where, branch, compiler);
  const assigned = assignedVariables(branch);
  for (const [variable, name] of assigned) checkVariable(compiler, name, variable, outer);
  const variables = new Set([...outer, ...assigned.keys()]);
  const states = new Map<string, State>();
  for (const [name, definition] of Object.entries(definitions)) {
    const state = compileState({
      compiler,
      name,
      state: compiler.object(name, definition, 'it'),
      variables,
    });
    if (state) states.set(name, state);
  }
  return { startAt: String(branch.StartAt), states };
}

const VARIABLE = /^\p{ID_Start}[\p{ID_Continue}]*$/u;

/** Step Functions lets a scope neither assign the variables around it nor shadow them. */
function checkVariable(compiler: Compiler, name: string, variable: string, outer: Outer): void {
  if (variable === 'states') compiler.problem(name, "Assign: the variable 'states' is reserved");
  else if (!VARIABLE.test(variable) || variable.length > 80) {
    compiler.problem(name, `Assign: '${variable}' is no name for a variable`);
  }
  if (outer.has(variable)) {
    compiler.problem(
      name,
      `Assign: the variable '${variable}' belongs to an outer scope and can only be read here`,
    );
  }
}

function compileState(source: Source): State | undefined {
  const { compiler, name, state } = source;
  const type = state.Type;
  if (typeof type !== 'string' || !Object.hasOwn(STATE_FIELDS, type)) {
    compiler.problem(name, `Type '${type}' is not supported`);
    return undefined;
  }
  compiler.fields(name, state, STATE_FIELDS[type] as readonly string[]);
  if (state.QueryLanguage !== undefined && state.QueryLanguage !== 'JSONata') {
    compiler.problem(name, `QueryLanguage '${state.QueryLanguage}' is not supported; only JSONata is`);
  }
  if (STATE_FIELDS[type]?.includes('Next')) checkFlow(source);
  return COMPILE[type as State['type']](source);
}

function checkFlow({ compiler, name, state }: Source): void {
  if (state.End !== undefined && state.End !== true) compiler.problem(name, 'End must be true or left out');
  if ((state.Next === undefined) === (state.End === undefined)) {
    compiler.problem(name, 'it needs either Next or End');
  }
}

const COMPILE: { readonly [T in State['type']]: (source: Source) => State } = {
  Pass: (source) => ({ type: 'Pass', ...common(source) }),
  Succeed: (source) => ({ type: 'Succeed', ...common(source) }),
  Fail: compileFail,
  Wait: compileWait,
  Choice: compileChoice,
  Task: compileTask,
  Parallel: compileParallel,
  Map: compileMap,
};

function compileParallel(source: Source): State {
  const { compiler, name, state, variables } = source;
  const branches = compiler.list(name, state.Branches, 'Branches').map((value, index) => {
    const branch = compiler.object(name, value, `Branches[${index}]`);
    compiler.fields(name, branch, BRANCH_FIELDS, `Branches[${index}]/`);
    return compileBranch(compiler, name, branch, variables);
  });
  const args = compiler.template(name, state, 'Arguments');
  return { type: 'Parallel', ...catching(source), branches, ...present({ arguments: args }) };
}

function compileMap(source: Source): State {
  const { compiler, name, state, variables } = source;
  const processor = compiler.object(name, state.ItemProcessor, 'ItemProcessor');
  compiler.fields(name, processor, PROCESSOR_FIELDS, 'ItemProcessor/');
  checkProcessorConfig(compiler, name, processor.ProcessorConfig);
  checkNumber(source, 'MaxConcurrency', 0);
  const { Items } = state;
  if (Items !== undefined && !Array.isArray(Items) && !(typeof Items === 'string' && hasExpression(Items))) {
    compiler.problem(name, 'Items must be a list or an expression');
  }
  const items = compiler.template(name, state, 'Items');
  const itemSelector = compiler.template(name, state, 'ItemSelector');
  const maxConcurrency = compiler.template(name, state, 'MaxConcurrency');
  return {
    type: 'Map',
    ...catching(source),
    processor: compileBranch(compiler, name, processor, variables),
    ...present({ items, itemSelector, maxConcurrency }),
  };
}

function checkProcessorConfig(compiler: Compiler, name: string, value: unknown): void {
  if (value === undefined) return;
  const config = compiler.object(name, value, 'ItemProcessor/ProcessorConfig');
  if (config.Mode !== undefined && config.Mode !== 'INLINE') {
    compiler.problem(name, `the Map's Mode '${config.Mode}' is not supported; only INLINE is`);
  }
  compiler.fields(name, config, ['Mode', 'ExecutionType'], 'ItemProcessor/ProcessorConfig/');
  if (config.ExecutionType !== undefined) {
    compiler.problem(name, 'ExecutionType is for the Distributed Map, which is not supported');
  }
}
