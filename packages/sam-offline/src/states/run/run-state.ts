import {
  createDefinitionError,
  createTypeError,
  NO_CHOICE_MATCHED,
  StateError,
  TIMEOUT_ERROR,
} from '../errors';
import { isInteger, parseTimestamp } from '../field-values';
import { checkPayload, copyJson } from '../jsonata/json';
import type { Template } from '../jsonata/template';
import type { ChoiceState, Effects, FailState, State, TaskState, WaitState } from '../machine';
import { resourceType } from '../tasks/resource';
import { runMap, runParallel } from './run-nested';
import { createTracedCaller } from './traced-caller';
import type { Visit } from './visit';

/** The result of running a state, before Output and Assign. */
export interface StateOutcome {
  readonly value: unknown;
  /** Whether `value` is `$states.result`. Otherwise it is the state's input. */
  readonly isResult: boolean;
  readonly effects: Effects;
}

/** Runs a state once. The caller applies Output, Assign, Retry and Catch. */
export async function runState(state: State, visit: Visit): Promise<StateOutcome> {
  switch (state.type) {
    case 'Pass':
    case 'Succeed':
      return { value: visit.input, isResult: false, effects: state };
    case 'Fail':
      throw await createFailure(state, visit);
    case 'Wait':
      await wait(state, visit);
      return { value: visit.input, isResult: false, effects: state };
    case 'Choice':
      return { value: visit.input, isResult: false, effects: await selectChoice(state, visit) };
    case 'Task':
      return { value: await runTask(state, visit), isResult: true, effects: state };
    case 'Parallel':
      return { value: await runParallel(state, visit), isResult: true, effects: state };
    case 'Map':
      return { value: await runMap(state, visit), isResult: true, effects: state };
  }
}

async function createFailure({ error, cause }: FailState, { bindings }: Visit): Promise<StateError> {
  return new StateError(await evaluateString(error, 'Error'), await evaluateString(cause, 'Cause'));

  async function evaluateString(template: Template | undefined, field: string): Promise<string | undefined> {
    if (!template) return undefined;
    const value = await template(bindings);
    if (typeof value !== 'string') throw createTypeError(template, field, 'string', value);
    return value;
  }
}

async function wait({ seconds, timestamp }: WaitState, { scope, bindings }: Visit): Promise<void> {
  const { now, sleep } = scope.execution.dependencies;
  let millis = 0;
  if (seconds) {
    const value = await seconds(bindings);
    if (!isInteger(value, 0)) throw createTypeError(seconds, 'Seconds', 'non-negative integer', value);
    millis = value * 1000;
  } else if (timestamp) {
    const value = await timestamp(bindings);
    const until = parseTimestamp(value);
    if (until === undefined) throw createTypeError(timestamp, 'Timestamp', 'RFC 3339 time stamp', value);
    millis = Math.max(0, until - now());
  }
  await scope.cancellation.sleep(millis, sleep);
}

/** Returns the first rule whose condition is true, or the state itself, which holds the Default. */
async function selectChoice(state: ChoiceState, { bindings }: Visit): Promise<Effects> {
  for (const [index, rule] of state.rules.entries()) {
    const value = await rule.condition(bindings);
    if (typeof value !== 'boolean')
      throw createTypeError(rule.condition, `Choices[${index}]/Condition`, 'boolean', value);
    if (value) return rule;
  }
  if (state.hasDefault) return state;
  throw createDefinitionError(
    NO_CHOICE_MATCHED,
    'Failed to transition out of the state. No choice rule matched and there is no Default.',
  );
}

/** TaskScheduled, TaskStarted, and TaskSucceeded or TaskFailed. */
const TASK_EVENTS = 3;

async function runTask(
  state: TaskState,
  { scope, bindings, input, transition, isRecorded }: Visit,
): Promise<unknown> {
  const { execution, cancellation } = scope;
  const args = state.arguments ? await state.arguments(bindings) : input;
  const resource = resourceType(state.resource);
  checkPayload(args, resource);
  const seconds = state.timeoutSeconds ? await state.timeoutSeconds(bindings) : undefined;
  if (seconds !== undefined && !isInteger(seconds, 1))
    throw createTypeError(state.timeoutSeconds, 'TimeoutSeconds', 'positive integer', seconds);
  cancellation.throwIfCancelled();
  execution.lastEventId += TASK_EVENTS;
  // The arguments share objects with the definition, and a service may mutate its input.
  const work = state.runTask(copyJson(args), createTracedCaller(execution, transition, isRecorded));
  const result =
    seconds === undefined
      ? await work
      : await cancellation.withTimeout(
          seconds * 1000,
          execution.dependencies.sleep,
          work,
          () => new StateError(TIMEOUT_ERROR, undefined),
        );
  cancellation.throwIfCancelled();
  checkPayload(result, resource);
  return result;
}
