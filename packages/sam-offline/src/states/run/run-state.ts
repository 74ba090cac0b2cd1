import { createDefinitionError, createTypeError, NO_CHOICE_MATCHED, StateError } from '../errors';
import { isInteger, parseTimestamp } from '../field-values';
import type { Template } from '../jsonata/template';
import type { ChoiceState, Effects, FailState, State, WaitState } from '../machine';
import { runMap, runParallel } from './run-nested';
import { runTask } from './run-task';
import type { Visit } from './visit';

/** The result of running a state, before Output and Assign. */
export interface StateOutcome {
  readonly value: unknown;
  /** Whether `value` is `$states.result`. If false, `value` is the state's input. */
  readonly isResult: boolean;
  readonly effects: Effects;
}

/** Runs one attempt of a state. The caller applies Output, Assign, Retry and Catch. */
export async function runState(state: State, visit: Visit): Promise<StateOutcome> {
  switch (state.type) {
    case 'Pass':
      if (state.result) return { value: await state.result(visit.bindings), isResult: true, effects: state };
      return { value: visit.input, isResult: false, effects: state };
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
    // AWS ignores milliseconds: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
    millis = Math.max(0, Math.floor(until / 1000) * 1000 - now());
  }
  await scope.cancellation.sleep(millis, sleep);
}

/**
 * Returns the first rule whose condition is true. If there is none, returns the state itself, whose `next` is the Default
 * state.
 */
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
