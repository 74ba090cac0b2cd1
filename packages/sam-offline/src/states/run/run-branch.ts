import { Cancelled, inState, locate, matches, RUNTIME, StateError } from '../errors';
import type { Transition } from '../execution-record';
import type { Bindings, Variables } from '../jsonata/expression';
import { checkPayload } from '../jsonata/json';
import type { Branch, Catching, Effects, State } from '../machine';
import { RetryPolicy } from './retry';
import { type Outcome, runState } from './run-state';
import type { Scope, Visit } from './visit';

/**
 * Runs a branch to its end.
 *
 * @returns the branch's output
 * @throws StateError if a state fails and nothing catches it; Cancelled if the branch is no longer wanted.
 */
export async function runBranch(branch: Branch, input: unknown, scope: Scope): Promise<unknown> {
  const outer = scope.variables;
  let name: string | undefined = branch.startAt;
  let value = input;
  try {
    while (name !== undefined) {
      const state = branch.states.get(name);
      if (!state) throw new StateError(RUNTIME, `There is no state '${name}'.`);
      const step: Step = await visitState(state, value, scope);
      value = step.output;
      name = step.next;
    }
    return value;
  } finally {
    if (scope.variables !== outer) scope.execution.forget(scope.variables, outer);
  }
}

interface Step {
  readonly output: unknown;
  readonly next?: string | undefined;
}

async function visitState(state: State, input: unknown, scope: Scope): Promise<Step> {
  const { execution } = scope;
  await execution.pace();
  scope.cancel.check();
  const entered = execution.world.now();
  const { name, type } = state;
  const transition: Transition = { name, type, path: scope.path, entered, retries: 0 };
  const kept = execution.record(transition);
  if (kept) execution.keep(transition, 'input', input);
  execution.lastEventId += 1;
  const visit: Visit = {
    scope,
    input,
    eventId: execution.lastEventId,
    transition,
    kept,
    bindings: bindingsOf(scope, input, transition),
    runBranch,
  };
  try {
    const step = 'retriers' in state ? await attempts(state, visit) : await attempt(state, visit);
    execution.lastEventId += 1;
    transition.exited = execution.world.now();
    if (kept) execution.keep(transition, 'output', step.output);
    return step;
  } catch (thrown) {
    if (thrown instanceof Cancelled) throw thrown;
    const error = toStateError(thrown, state, visit);
    transition.error = error.error ?? '';
    transition.exited = execution.world.now();
    throw error;
  }
}

function bindingsOf(scope: Scope, input: unknown, { name, entered, retries }: Transition): Bindings {
  const State = { EnteredTime: new Date(entered).toISOString(), Name: name, RetryCount: retries };
  const context = { ...scope.execution.context, State };
  return { states: { input, context }, variables: scope.variables };
}

/** What was thrown as the state's own failure. A fault of the runtime ends the execution with its message. */
function toStateError(thrown: unknown, state: State, visit: Visit): StateError {
  const error =
    thrown instanceof StateError
      ? thrown
      : inState(RUNTIME, thrown instanceof Error ? thrown.message : String(thrown));
  if (error.unlocated) visit.scope.execution.lastEventId += 1;
  return locate(error, state.name, visit.eventId);
}

/** Runs a state that may be retried and caught. Retry comes first, then Catch. */
async function attempts(state: State & Catching, visit: Visit): Promise<Step> {
  const { scope, transition } = visit;
  const { world } = scope.execution;
  const policy = new RetryPolicy(state.retriers, world.random);
  for (;;) {
    try {
      return await attempt(state, visit);
    } catch (thrown) {
      if (thrown instanceof Cancelled) throw thrown;
      const error = toStateError(thrown, state, visit);
      const delay = policy.delayAfter(error);
      if (delay === undefined) return caught(state, visit, error);
      await scope.cancel.sleep(delay, world.sleep);
      transition.retries += 1;
      visit.bindings = bindingsOf(scope, visit.input, transition);
    }
  }
}

async function caught(state: State & Catching, visit: Visit, error: StateError): Promise<Step> {
  const catcher = state.catchers.find(({ errorEquals }) => matches(errorEquals, error.error));
  if (!catcher) throw error;
  visit.transition.error = error.error ?? '';
  const errorOutput = {
    ...(error.error === undefined ? {} : { Error: error.error }),
    ...(error.detail === undefined ? {} : { Cause: error.detail }),
  };
  const states = { ...visit.bindings.states, errorOutput };
  return leave(catcher, { ...visit.bindings, states }, errorOutput, state.name, visit.scope);
}

async function attempt(state: State, visit: Visit): Promise<Step> {
  const outcome: Outcome = await runState(state, visit);
  const { bindings, scope } = visit;
  const { effects, value } = outcome;
  if (!outcome.isResult) return leave(effects, bindings, value, state.name, scope);
  const states = { ...bindings.states, result: value };
  return leave(effects, { ...bindings, states }, value, state.name, scope);
}

/**
 * Leaves a state: evaluates Output and Assign, both with the variables from before, and takes on the new ones
 * once all of it is evaluated. `value` is the output if there is no Output.
 */
async function leave(
  effects: Effects,
  bindings: Bindings,
  value: unknown,
  name: string,
  scope: Scope,
): Promise<Step> {
  const output = effects.output ? await effects.output(bindings) : value;
  checkPayload(output, name);
  if (effects.assign) {
    const values = (await effects.assign(bindings)) as Variables;
    scope.cancel.check();
    scope.variables = scope.execution.assign(scope.variables, values, name);
  }
  return { output, next: effects.next };
}
