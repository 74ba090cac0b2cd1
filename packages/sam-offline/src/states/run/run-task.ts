import { createTypeError, StateError, TIMEOUT_ERROR } from '../errors';
import { isInteger } from '../field-values';
import type { Bindings } from '../jsonata/expression';
import { checkPayload, copyJson } from '../jsonata/json';
import type { Template } from '../jsonata/template';
import type { TaskState } from '../machine';
import { resourceType } from '../tasks/resource';
import { createTracedCaller } from './traced-caller';
import type { Visit } from './visit';

/** The number of events per task: TaskScheduled, TaskStarted, and TaskSucceeded or TaskFailed. */
const TASK_EVENTS = 3;

/** The default value of TimeoutSeconds for tasks that wait for a callback. */
const DEFAULT_TIMEOUT_SECONDS = 99_999_999;

/** Runs one attempt of a Task and returns the result. Throws StateError. */
export function runTask(state: TaskState, visit: Visit): Promise<unknown> {
  return state.waitsForToken ? runCallbackTask(state, visit) : callService(state, visit, visit.bindings);
}

async function runCallbackTask(state: TaskState, visit: Visit): Promise<unknown> {
  const { taskTokens, caller } = visit.scope.execution;
  const { token, wait, close } = taskTokens.open(caller.stateMachineArn);
  try {
    const bindings = withTaskToken(visit.bindings, token);
    return await callService(state, visit, bindings, wait);
  } finally {
    close();
  }
}

/** Adds `Task.Token` to the context object. */
function withTaskToken({ states, variables }: Bindings, Token: string): Bindings {
  const context = { ...(states.context as object), Task: { Token } };
  return { states: { ...states, context }, variables };
}

type WaitForToken = ReturnType<Visit['scope']['execution']['taskTokens']['open']>['wait'];

async function callService(
  state: TaskState,
  { scope, input, transition, isRecorded }: Visit,
  bindings: Bindings,
  waitForToken?: WaitForToken,
): Promise<unknown> {
  const { execution, cancellation } = scope;
  const { sleep } = execution.dependencies;
  const args = state.arguments ? await state.arguments(bindings) : input;
  const resource = resourceType(state.resource);
  checkPayload(args, resource);
  const { timeoutSeconds, heartbeatSeconds } = state;
  const timeout = timeoutSeconds && (await evaluateSeconds(timeoutSeconds, 'TimeoutSeconds', bindings));
  const heartbeat =
    heartbeatSeconds && (await evaluateSeconds(heartbeatSeconds, 'HeartbeatSeconds', bindings));
  cancellation.throwIfCancelled();
  execution.lastEventId += TASK_EVENTS;
  // Copies the arguments, because they share objects with the definition, and services may mutate their input.
  const call = state.runTask(copyJson(args), createTracedCaller(execution, transition, isRecorded));
  const work = waitForToken
    ? call.then(() =>
        waitForToken(heartbeat === undefined ? undefined : heartbeat * 1000, cancellation, sleep),
      )
    : call;
  const seconds = timeout ?? (waitForToken ? DEFAULT_TIMEOUT_SECONDS : undefined);
  const result =
    seconds === undefined
      ? await work
      : await cancellation.withTimeout(
          seconds * 1000,
          sleep,
          work,
          () => new StateError(TIMEOUT_ERROR, undefined),
        );
  cancellation.throwIfCancelled();
  checkPayload(result, resource);
  return result;
}

async function evaluateSeconds(template: Template, field: string, bindings: Bindings): Promise<number> {
  const seconds = await template(bindings);
  if (isInteger(seconds, 1)) return seconds;
  throw createTypeError(template, field, 'positive integer', seconds);
}
