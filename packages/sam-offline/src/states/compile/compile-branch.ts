import { isObject, type JsonObject } from '../../core/service';
import { RUNTIME_ERROR } from '../errors';
import { hasExpression } from '../jsonata/template';
import type { Branch, State } from '../machine';
import {
  COMPILE_JSONPATH,
  compileInteger,
  compileItemsPath,
  compileJsonPathRecovery,
  compileParameters,
} from './compile-jsonpath-state';
import {
  checkIntegerField,
  compileBase,
  compileChoice,
  compileFail,
  compileRecovery,
  compileTask,
  compileWait,
} from './compile-state';
import { type Compiler, omitUndefined } from './compiler';
import { BRANCH_FIELDS, PROCESSOR_FIELDS, type QueryLanguage, STATE_FIELDS } from './fields';
import { checkTransitions, findAssignedVariables } from './graph';
import type { OuterVariables, StateSource } from './state-source';
import { DISTRIBUTED_MAP, isDistributedMap } from './unsupported';

/**
 * Compiles a branch. `parentName` is the Map or Parallel state that contains the branch. It is undefined for the top level.
 */
export function compileBranch(
  compiler: Compiler,
  parentName: string | undefined,
  branch: JsonObject,
  outer: OuterVariables,
): Branch {
  const definitions = compiler.requireObject(parentName, branch.States, 'States');
  if (isObject(branch.States)) checkTransitions(parentName, branch, compiler);
  const assigned = findAssignedVariables(branch, compiler.queryLanguage);
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

/** Reports invalid variable names and assignments to variables of an outer scope. Step Functions rejects both. */
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
  const language = getQueryLanguage(source);
  const fields = STATE_FIELDS[language];
  if (typeof type !== 'string' || !Object.hasOwn(fields, type)) {
    const shown = typeof type === 'string' ? `'${type}'` : JSON.stringify(type);
    compiler.addProblem(name, shown === undefined ? 'Type is missing' : `Type ${shown} is not supported`);
    return undefined;
  }
  if (isDistributedMap(state)) return compileDistributedMap(name);
  compiler.checkFields(name, state, fields[type] as readonly string[]);
  if (fields[type]?.includes('Next')) checkNextAndEnd(source);
  return COMPILE[language][type as State['type']](source);
}

/** Returns the query language of a state. In a JSONPath state machine, a state can use JSONata, but not vice versa. */
function getQueryLanguage({ compiler, name, state }: StateSource): QueryLanguage {
  const language = state.QueryLanguage ?? compiler.queryLanguage;
  if (language === 'JSONata') return 'JSONata';
  if (language !== 'JSONPath') {
    compiler.addProblem(name, `QueryLanguage must be JSONata or JSONPath, but is '${language}'`);
  } else if (compiler.queryLanguage === 'JSONata') {
    compiler.addProblem(name, 'QueryLanguage JSONPath is not allowed in a state machine with JSONata');
  }
  return 'JSONPath';
}

function checkNextAndEnd({ compiler, name, state }: StateSource): void {
  if (state.End !== undefined && state.End !== true)
    compiler.addProblem(name, 'End must be true. To continue with another state, use Next');
  if ((state.Next === undefined) === (state.End === undefined)) {
    compiler.addProblem(name, 'set either Next or End');
  }
}

type CompileByType = { readonly [T in State['type']]: (source: StateSource) => State };

const COMPILE: Readonly<Record<QueryLanguage, CompileByType>> = {
  JSONata: {
    Pass: (source) => ({ type: 'Pass', ...compileBase(source) }),
    Succeed: (source) => ({ type: 'Succeed', ...compileBase(source) }),
    Fail: compileFail,
    Wait: compileWait,
    Choice: compileChoice,
    Task: compileTask,
    Parallel: compileParallel,
    Map: compileMap,
  },
  JSONPath: { ...COMPILE_JSONPATH, Parallel: compileJsonPathParallel, Map: compileJsonPathMap },
};

function compileParallel(source: StateSource): State {
  const { compiler, name, state } = source;
  const branches = compileBranches(source);
  const args = compiler.compileField(name, state, 'Arguments');
  return { type: 'Parallel', ...compileRecovery(source), branches, ...omitUndefined({ arguments: args }) };
}

function compileJsonPathParallel(source: StateSource): State {
  const args = compileParameters(source);
  const branches = compileBranches(source);
  return {
    type: 'Parallel',
    ...compileJsonPathRecovery(source),
    branches,
    ...omitUndefined({ arguments: args }),
  };
}

function compileBranches({ compiler, name, state, variables }: StateSource): Branch[] {
  return compiler.requireList(name, state.Branches, 'Branches').map((value, index) => {
    const branch = compiler.requireObject(name, value, `Branches[${index}]`);
    compiler.checkFields(name, branch, BRANCH_FIELDS, `Branches[${index}]/`);
    return compileBranch(compiler, name, branch, variables);
  });
}

function compileMap(source: StateSource): State {
  const { compiler, name, state } = source;
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
    processor: compileProcessor(source, 'ItemProcessor'),
    ...omitUndefined({ items, itemSelector, maxConcurrency }),
  };
}

/** Compiles a Map state. Iterator and Parameters are the former names of ItemProcessor and ItemSelector. */
function compileJsonPathMap(source: StateSource): State {
  const { compiler, name, state } = source;
  for (const [field, former] of [
    ['ItemProcessor', 'Iterator'],
    ['ItemSelector', 'Parameters'],
  ] as const) {
    if (state[field] !== undefined && state[former] !== undefined) {
      compiler.addProblem(name, `set either ${field} or ${former}`);
    }
  }
  const selectorField = state.Parameters === undefined ? 'ItemSelector' : 'Parameters';
  const itemSelector =
    state[selectorField] === undefined ? undefined : compileParameters(source, selectorField);
  return {
    type: 'Map',
    ...compileJsonPathRecovery(source),
    processor: compileProcessor(source, state.Iterator === undefined ? 'ItemProcessor' : 'Iterator'),
    items: compileItemsPath(source),
    ...omitUndefined({ itemSelector, maxConcurrency: compileInteger(source, 'MaxConcurrency', 0) }),
  };
}

function compileProcessor({ compiler, name, state, variables }: StateSource, field: string): Branch {
  const processor = compiler.requireObject(name, state[field], field);
  compiler.checkFields(name, processor, PROCESSOR_FIELDS, `${field}/`);
  checkProcessorConfig(compiler, name, processor.ProcessorConfig, `${field}/ProcessorConfig`);
  return compileBranch(compiler, name, processor, variables);
}

function checkProcessorConfig(compiler: Compiler, name: string, value: unknown, path: string): void {
  if (value === undefined) return;
  const config = compiler.requireObject(name, value, path);
  if (config.Mode !== undefined && config.Mode !== 'INLINE') {
    compiler.addProblem(name, `Mode must be INLINE or DISTRIBUTED, but is '${config.Mode}'`);
  }
  compiler.checkFields(name, config, ['Mode', 'ExecutionType'], `${path}/`);
  if (config.ExecutionType !== undefined) {
    compiler.addProblem(name, 'ExecutionType applies to Distributed Map only, which is not supported');
  }
}

/** Compiles a Distributed Map to a Fail state, so that the other states of the state machine work. */
function compileDistributedMap(name: string): State {
  return { type: 'Fail', name, error: () => RUNTIME_ERROR, cause: () => DISTRIBUTED_MAP };
}
