import type { JsonObject } from '../../core/service';
import { StateError, TASK_FAILED_ERROR } from '../errors';
import { toApiMembers, toStateMembers } from './member-names';
import type { IntegrationPattern } from './resource';
import { OPTIMIZED_ERRORS, toTaskError } from './task-errors';
import { createSdkMetadata, requireInput, toText } from './task-input';
import type { RunTask, ServiceCaller } from './task-runner';

/**
 * Creates the function that runs `states:startExecution`. With `sync` and `sync:2`, the task waits until the execution ends and
 * returns the description of the execution. In the description, the input and output are text with `sync` and parsed JSON with
 * `sync:2`.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
 */
export function createStartExecution(pattern: IntegrationPattern | undefined): RunTask {
  const isSync = pattern === 'sync' || pattern === 'sync:2';
  return async (args, caller) => {
    const { Input, ...rest } = requireInput(args);
    const input = Input === undefined ? {} : { input: toText(Input) };
    const started = await call('StartExecution', { ...toApiMembers(rest), ...input }, caller);
    if (!isSync) return { ...(toStateMembers(started, toMillis) as JsonObject), ...createSdkMetadata(200) };
    await caller.waitForExecution(String(started.executionArn));
    const { executionArn } = started;
    const description = await call('DescribeExecution', { executionArn }, caller);
    const result = toStateMembers(description, toMillis) as JsonObject;
    if (description.status !== 'SUCCEEDED') throw new StateError(TASK_FAILED_ERROR, JSON.stringify(result));
    if (pattern === 'sync') return result;
    return { ...result, Input: parse(result.Input), Output: parse(result.Output) };
  };
}

async function call(
  action: string,
  input: JsonObject,
  { invoke, context }: ServiceCaller,
): Promise<JsonObject> {
  try {
    return await invoke('states', action, input, context);
  } catch (thrown) {
    throw toTaskError(thrown, OPTIMIZED_ERRORS.states);
  }
}

function toMillis(seconds: number): number {
  return Math.round(seconds * 1000);
}

function parse(text: unknown): unknown {
  return typeof text === 'string' ? JSON.parse(text) : text;
}
