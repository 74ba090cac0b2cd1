import { createTypeError, StateError, TIMEOUT_ERROR } from '../errors';
import { isInteger } from '../field-values';
import type { Bindings } from '../jsonata/expression';
import { checkPayload, copyJson } from '../jsonata/json';
import type { Template } from '../jsonata/template';
import type { TaskState } from '../machine';
import { resourceType } from '../tasks/resource';
import { createTracedCaller } from './traced-caller';
import type { Visit } from './visit';

/** TaskScheduled, TaskStarted, and TaskSucceeded or TaskFailed. */
const TASK_EVENTS = 3;

/** The default of TimeoutSeconds, which limits the wait for a task token. */
const DEFAULT_TIMEOUT_SECONDS = 99_999_999;

/** Runs a Task once and returns its result. Throws StateError. */
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

/** Returns bindings whose context object has `Task.Token`. */
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
  // The arguments share objects with the definition, and a service may mutate its input.
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
