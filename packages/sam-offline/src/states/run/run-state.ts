import { inState, NO_CHOICE_MATCHED, StateError, TIMEOUT, typeError } from '../errors';
import { isInteger, parseTimestamp } from '../field-values';
import { checkPayload, copyJson } from '../jsonata/json';
import type { Template } from '../jsonata/template';
import type { ChoiceState, Effects, FailState, State, TaskState, WaitState } from '../machine';
import { runMap, runParallel } from './run-map-parallel';
import { callerOf } from './service-calls';
import type { Visit } from './visit';

/** What a state has come to: a value, and what is to be done with it. */
export interface Outcome {
  readonly value: unknown;
  /** Whether the value is `$states.result`; otherwise it is the state's input, passed on. */
  readonly isResult: boolean;
  readonly effects: Effects;
}

/** Does what a state is for; its Output, Assign, Retry and Catch are the interpreter's. */
export async function runState(state: State, visit: Visit): Promise<Outcome> {
  switch (state.type) {
    case 'Pass':
    case 'Succeed':
      return { value: visit.input, isResult: false, effects: state };
    case 'Fail':
      throw await failure(state, visit);
    case 'Wait':
      await wait(state, visit);
      return { value: visit.input, isResult: false, effects: state };
    case 'Choice':
      return { value: visit.input, isResult: false, effects: await choose(state, visit) };
    case 'Task':
      return { value: await runTask(state, visit), isResult: true, effects: state };
    case 'Parallel':
      return { value: await runParallel(state, visit), isResult: true, effects: state };
    case 'Map':
      return { value: await runMap(state, visit), isResult: true, effects: state };
  }
}

async function failure({ error, cause }: FailState, { bindings }: Visit): Promise<StateError> {
  return new StateError(await text(error, 'Error'), await text(cause, 'Cause'));

  async function text(template: Template | undefined, field: string): Promise<string | undefined> {
    if (!template) return undefined;
    const value = await template(bindings);
    if (typeof value !== 'string') throw typeError(template, field, 'string', value);
    return value;
  }
}

async function wait({ seconds, timestamp }: WaitState, { scope, bindings }: Visit): Promise<void> {
  const { world } = scope.execution;
  let millis = 0;
  if (seconds) {
    const value = await seconds(bindings);
    if (!isInteger(value, 0)) throw typeError(seconds, 'Seconds', 'non-negative integer', value);
    millis = value * 1000;
  } else if (timestamp) {
    const value = await timestamp(bindings);
    const until = parseTimestamp(value);
    if (until === undefined) throw typeError(timestamp, 'Timestamp', 'RFC 3339 time stamp', value);
    millis = Math.max(0, until - world.now());
  }
  await scope.cancel.sleep(millis, world.sleep);
}

/** The first rule whose condition holds; the state itself, with its Default, if none does. */
async function choose(state: ChoiceState, { bindings }: Visit): Promise<Effects> {
  for (const [index, rule] of state.rules.entries()) {
    const value = await rule.condition(bindings);
    if (typeof value !== 'boolean')
      throw typeError(rule.condition, `Choices[${index}]/Condition`, 'boolean', value);
    if (value) return rule;
  }
  if (state.hasDefault) return state;
  throw inState(
    NO_CHOICE_MATCHED,
    'Failed to transition out of the state. No choice rule matched and there is no Default.',
  );
}

/** Scheduled, started, and succeeded or failed. */
const TASK_EVENTS = 3;

async function runTask(
  state: TaskState,
  { scope, bindings, input, transition, kept }: Visit,
): Promise<unknown> {
  const { execution } = scope;
  const args = state.arguments ? await state.arguments(bindings) : input;
  checkPayload(args, state.resource);
  const seconds = state.timeoutSeconds ? await state.timeoutSeconds(bindings) : undefined;
  if (seconds !== undefined && !isInteger(seconds, 1))
    throw typeError(state.timeoutSeconds, 'TimeoutSeconds', 'positive integer', seconds);
  scope.cancel.check();
  execution.lastEventId += TASK_EVENTS;
  // The definition's own objects are in the arguments; a service may do with its input what it likes.
  const work = state.perform(copyJson(args), callerOf(execution, transition, kept));
  const result =
    seconds === undefined
      ? await work
      : await scope.cancel.within(
          seconds * 1000,
          execution.world.sleep,
          work,
          () => new StateError(TIMEOUT, undefined),
        );
  scope.cancel.check();
  checkPayload(result, state.resource);
  return result;
}
