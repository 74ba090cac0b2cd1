import { randomUUID } from 'node:crypto';
import type { CallContext, JsonObject } from '../../core/service';
import { inState, RUNTIME, StateError } from '../errors';
import { attributeTypesForApi, attributeTypesForSdk } from './attribute-types';
import type { Resource } from './resource';
import { OPTIMIZED_ERRORS, SDK_ERRORS, taskFailure } from './task-errors';

/**
 * Performs a call to an AWS service: `service` as in a resource ARN (`lambda`, `dynamodb`, `events`, `sqs`),
 * `action` in the API's own spelling (`Query`), the input and output with the API's member names. For
 * `lambda Invoke` the `Payload` is a JSON value both ways, and a function's failure is the output's
 * `FunctionError`. Throws `AwsError` for what the API calls an error.
 */
export type Invoke = (
  service: string,
  action: string,
  input: JsonObject,
  context: CallContext,
) => Promise<JsonObject>;

export interface Caller {
  readonly invoke: Invoke;
  readonly context: CallContext;
  readonly executionArn: string;
  readonly stateMachineArn: string;
}

/** Performs a Task: its arguments in, its result (`$states.result`) out, or a `StateError`. */
export type Perform = (args: unknown, caller: Caller) => Promise<unknown>;

export function performer(resource: Resource): Perform {
  if (resource.kind === 'function') return (args, caller) => invokeFunction(resource.arn, args, caller);
  if (resource.kind === 'sdk') return sdkIntegration(resource.service, pascalCase(resource.action));
  switch (resource.service) {
    case 'lambda':
      return lambdaInvoke;
    case 'events':
      return putEvents;
    case 'sqs':
      return sendMessage;
    case 'dynamodb':
      return dynamoDbItem(pascalCase(resource.action));
  }
}

function pascalCase(action: string): string {
  return action.charAt(0).toUpperCase() + action.slice(1);
}

/** A task's arguments as an API's input. AWS calls anything but an object an error of the definition. */
function asInput(args: unknown): JsonObject {
  if (typeof args === 'object' && args !== null && !Array.isArray(args)) return args as JsonObject;
  throw inState(RUNTIME, 'The Arguments of a service integration must be an object.');
}

async function invokeFunction(arn: string, args: unknown, caller: Caller): Promise<unknown> {
  const output = await callLambda({ FunctionName: arn, Payload: args }, caller);
  return output.Payload ?? null;
}

/** `lambda:invoke`: the result is the API's, with the payload parsed. */
async function lambdaInvoke(args: unknown, caller: Caller): Promise<unknown> {
  const output = await callLambda(asInput(args), caller);
  const { FunctionError: _, ...result } = output;
  const status = output.StatusCode ?? 200;
  const version = output.ExecutedVersion ?? '$LATEST';
  return { ...result, ExecutedVersion: version, StatusCode: status, ...sdkMetadata(status) };
}

async function callLambda(input: JsonObject, { invoke, context }: Caller): Promise<JsonObject> {
  let output: JsonObject;
  try {
    output = await invoke('lambda', 'Invoke', input, context);
  } catch (thrown) {
    throw taskFailure(thrown, OPTIMIZED_ERRORS.lambda);
  }
  if (output.FunctionError === undefined) return output;
  const payload = output.Payload as { errorType?: unknown } | null | undefined;
  const error = typeof payload?.errorType === 'string' ? payload.errorType : 'Lambda.Unknown';
  throw new StateError(error, JSON.stringify(payload ?? null));
}

/** `events:putEvents`: adds the machine and the execution to each entry's resources; one failed entry fails all. */
async function putEvents(args: unknown, caller: Caller): Promise<unknown> {
  const input = asInput(args);
  const entries = Array.isArray(input.Entries)
    ? input.Entries.map((entry) => withResources(entry, caller))
    : [];
  let output: JsonObject;
  try {
    output = await caller.invoke('events', 'PutEvents', { ...input, Entries: entries }, caller.context);
  } catch (thrown) {
    throw taskFailure(thrown, OPTIMIZED_ERRORS.events);
  }
  if (!output.FailedEntryCount) return output;
  throw new StateError('EventBridge.FailedEntry', JSON.stringify(output));
}

function withResources(entry: unknown, { executionArn, stateMachineArn }: Caller): JsonObject {
  const { Detail, Resources, ...rest } = asInput(entry);
  const resources = [...(Array.isArray(Resources) ? Resources : []), stateMachineArn, executionArn];
  const detail = Detail === undefined ? {} : { Detail: asText(Detail) };
  return { ...rest, ...detail, Resources: resources };
}

/** `sqs:sendMessage`: a body that is not text is sent as its JSON. */
async function sendMessage(args: unknown, { invoke, context }: Caller): Promise<unknown> {
  const { MessageBody, ...rest } = asInput(args);
  const body = MessageBody === undefined ? {} : { MessageBody: asText(MessageBody) };
  try {
    const output = await invoke('sqs', 'SendMessage', { ...rest, ...body }, context);
    return { ...output, ...sdkMetadata(200) };
  } catch (thrown) {
    throw taskFailure(thrown, OPTIMIZED_ERRORS.sqs);
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function dynamoDbItem(action: string): Perform {
  return async (args, { invoke, context }) => {
    try {
      const output = await invoke('dynamodb', action, asInput(args), context);
      return { ...output, ...sdkMetadata(200) };
    } catch (thrown) {
      throw taskFailure(thrown, OPTIMIZED_ERRORS.dynamodb);
    }
  };
}

function sdkIntegration(service: keyof typeof SDK_ERRORS, action: string): Perform {
  const target = service === 'eventbridge' ? 'events' : service;
  return async (args, { invoke, context }) => {
    const input = asInput(args);
    try {
      if (service !== 'dynamodb') return await invoke(target, action, input, context);
      return attributeTypesForSdk(await invoke(target, action, attributeTypesForApi(input), context));
    } catch (thrown) {
      throw taskFailure(thrown, SDK_ERRORS[service]);
    }
  };
}

/** What the results of optimized integrations carry beside the API's members. */
function sdkMetadata(status: unknown): JsonObject {
  const id = randomUUID();
  return {
    SdkHttpMetadata: {
      AllHttpHeaders: { 'Content-Type': ['application/json'], 'x-amzn-RequestId': [id] },
      HttpHeaders: { 'Content-Type': 'application/json', 'x-amzn-RequestId': id },
      HttpStatusCode: status,
    },
    SdkResponseMetadata: { RequestId: id },
  };
}
