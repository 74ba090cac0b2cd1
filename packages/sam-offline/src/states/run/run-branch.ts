import {
  addLocation,
  CancelledError,
  createDefinitionError,
  matchesErrorEquals,
  RUNTIME_ERROR,
  StateError,
} from '../errors';
import type { Transition } from '../execution-record';
import type { Bindings, Variables } from '../jsonata/expression';
import { checkPayload } from '../jsonata/json';
import type { Branch, Effects, RecoverableState, State } from '../machine';
import { RetryPolicy } from './retry';
import { runState } from './run-state';
import type { Scope, Visit } from './visit';

/**
 * Runs a branch until it ends, and returns its output.
 *
 * @throws StateError if a state fails and no catcher matches. CancelledError if the branch is cancelled.
 */
export async function runBranch(branch: Branch, input: unknown, scope: Scope): Promise<unknown> {
  const outer = scope.variables;
  let name: string | undefined = branch.startAt;
  let value = input;
  try {
    while (name !== undefined) {
      const state = branch.states.get(name);
      if (!state) throw new StateError(RUNTIME_ERROR, `There is no state '${name}'.`);
      const step: Step = await visitState(state, value, scope);
      value = step.output;
      name = step.next;
    }
    return value;
  } finally {
    if (scope.variables !== outer) scope.execution.releaseVariables(scope.variables, outer);
  }
}

interface Step {
  readonly output: unknown;
  readonly next?: string | undefined;
}

async function visitState(state: State, input: unknown, scope: Scope): Promise<Step> {
  const { execution } = scope;
  await execution.yieldPeriodically();
  scope.cancellation.throwIfCancelled();
  const entered = execution.dependencies.now();
  const { name, type } = state;
  const transition: Transition = { name, type, path: scope.path, entered, retries: 0 };
  const isRecorded = execution.addTransition(transition);
  if (isRecorded) execution.storeData(transition, 'input', input);
  execution.lastEventId += 1;
  const visit: Visit = {
    scope,
    input,
    eventId: execution.lastEventId,
    transition,
    isRecorded,
    bindings: createBindings(scope, input, transition),
    runBranch,
  };
  try {
    const step = 'retriers' in state ? await attemptWithRetries(state, visit) : await attempt(state, visit);
    execution.lastEventId += 1;
    transition.exited = execution.dependencies.now();
    if (isRecorded) execution.storeData(transition, 'output', step.output);
    return step;
  } catch (thrown) {
    if (thrown instanceof CancelledError) throw thrown;
    const error = toStateError(thrown, state, visit);
    execution.recordFailure(transition, error);
    transition.exited = execution.dependencies.now();
    throw error;
  }
}

function createBindings(scope: Scope, input: unknown, { name, entered, retries }: Transition): Bindings {
  const State = { EnteredTime: new Date(entered).toISOString(), Name: name, RetryCount: retries };
  const context = { ...scope.execution.context, State };
  return { states: { input, context }, variables: scope.variables };
}

/** Converts a thrown value to the state's error. Unexpected errors become States.Runtime, which cannot be caught. */
function toStateError(thrown: unknown, state: State, visit: Visit): StateError {
  const error =
    thrown instanceof StateError
      ? thrown
      : createDefinitionError(RUNTIME_ERROR, thrown instanceof Error ? thrown.message : String(thrown));
  if (error.needsLocation) visit.scope.execution.lastEventId += 1;
  return addLocation(error, state.name, visit.eventId);
}

/** Runs a state with `Retry`. If the last attempt fails, applies `Catch`. */
async function attemptWithRetries(state: State & RecoverableState, visit: Visit): Promise<Step> {
  const { scope, transition } = visit;
  const { random, sleep } = scope.execution.dependencies;
  const policy = new RetryPolicy(state.retriers, random);
  for (;;) {
    try {
      return await attempt(state, visit);
    } catch (thrown) {
      if (thrown instanceof CancelledError) throw thrown;
      const error = toStateError(thrown, state, visit);
      const delay = policy.nextDelay(error);
      if (delay === undefined) return catchError(state, visit, error);
      await scope.cancellation.sleep(delay, sleep);
      transition.retries += 1;
      visit.bindings = createBindings(scope, visit.input, transition);
    }
  }
}

async function catchError(state: State & RecoverableState, visit: Visit, error: StateError): Promise<Step> {
  const { errorName, causeText } = error;
  const catcher = state.catchers.find(({ errorEquals }) => matchesErrorEquals(errorEquals, errorName));
  if (!catcher) throw error;
  visit.scope.execution.recordFailure(visit.transition, error);
  const errorOutput = {
    ...(errorName === undefined ? {} : { Error: errorName }),
    ...(causeText === undefined ? {} : { Cause: causeText }),
  };
  const states = { ...visit.bindings.states, errorOutput };
  return applyEffects(catcher, { ...visit.bindings, states }, errorOutput, state.name, visit.scope);
}

async function attempt(state: State, visit: Visit): Promise<Step> {
  const { effects, value, isResult } = await runState(state, visit);
  const { bindings, scope } = visit;
  if (!isResult) return applyEffects(effects, bindings, value, state.name, scope);
  const states = { ...bindings.states, result: value };
  return applyEffects(effects, { ...bindings, states }, value, state.name, scope);
}

/**
 * Evaluates Output and Assign. Both use the old values of variables. The new values are set after both have succeeded. Without
 * an Output field, `value` is the output.
 */
async function applyEffects(
  effects: Effects,
  bindings: Bindings,
  value: unknown,
  stateName: string,
  scope: Scope,
): Promise<Step> {
  const output = effects.output ? await effects.output(bindings) : value;
  checkPayload(output, stateName);
  if (effects.assign) {
    const values = (await effects.assign(bindings)) as Variables;
    scope.cancellation.throwIfCancelled();
    scope.variables = scope.execution.assignVariables(scope.variables, values, stateName);
  }
  return { output, next: effects.next };
}
