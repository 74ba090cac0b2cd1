import { randomUUID } from 'node:crypto';
import type { CallContext, JsonObject } from '../../core/service';
import { createDefinitionError, RUNTIME_ERROR, StateError } from '../errors';
import { toApiAttributeTypes, toSdkAttributeTypes } from './attribute-types';
import type { Resource } from './resource';
import { OPTIMIZED_ERRORS, SDK_ERRORS, toTaskError } from './task-errors';

/**
 * Calls an AWS service. `service` is spelled as in a resource ARN (`lambda`, `dynamodb`, `events`, `sqs`), `action` and
 * the members of input and output as in the API. For Lambda's Invoke, `Payload` is a JSON value in both directions,
 * and a failed function sets `FunctionError`. Throws AwsError for API errors.
 */
export type Invoke = (
  service: string,
  action: string,
  input: JsonObject,
  context: CallContext,
) => Promise<JsonObject>;

/** Calls services on behalf of an execution. */
export interface ServiceCaller {
  readonly invoke: Invoke;
  readonly context: CallContext;
  readonly executionArn: string;
  readonly stateMachineArn: string;
}

/** Runs a Task with the given arguments and returns its result (`$states.result`). Throws StateError. */
export type RunTask = (args: unknown, caller: ServiceCaller) => Promise<unknown>;

/** Creates the function that runs a Task with the given resource. */
export function createTaskRunner(resource: Resource): RunTask {
  if (resource.kind === 'function') return (args, caller) => invokeFunction(resource.arn, args, caller);
  if (resource.kind === 'sdk') return createSdkIntegration(resource.service, toPascalCase(resource.action));
  switch (resource.service) {
    case 'lambda':
      return invokeLambda;
    case 'events':
      return putEvents;
    case 'sqs':
      return sendMessage;
    case 'dynamodb':
      return createDynamoDbIntegration(toPascalCase(resource.action));
  }
}

function toPascalCase(action: string): string {
  return action.charAt(0).toUpperCase() + action.slice(1);
}

/** Returns the arguments as an API input. */
function requireInput(args: unknown): JsonObject {
  if (typeof args === 'object' && args !== null && !Array.isArray(args)) return args as JsonObject;
  throw createDefinitionError(RUNTIME_ERROR, 'The Arguments of a service integration must be an object.');
}

async function invokeFunction(arn: string, args: unknown, caller: ServiceCaller): Promise<unknown> {
  const output = await callLambda({ FunctionName: arn, Payload: args }, caller);
  return output.Payload ?? null;
}

/** Runs `lambda:invoke`. The result is the API's response with a parsed payload. */
async function invokeLambda(args: unknown, caller: ServiceCaller): Promise<unknown> {
  const output = await callLambda(requireInput(args), caller);
  const { FunctionError: _, ...result } = output;
  const status = output.StatusCode ?? 200;
  const version = output.ExecutedVersion ?? '$LATEST';
  return { ...result, ExecutedVersion: version, StatusCode: status, ...createSdkMetadata(status) };
}

async function callLambda(input: JsonObject, { invoke, context }: ServiceCaller): Promise<JsonObject> {
  let output: JsonObject;
  try {
    output = await invoke('lambda', 'Invoke', input, context);
  } catch (thrown) {
    throw toTaskError(thrown, OPTIMIZED_ERRORS.lambda);
  }
  if (output.FunctionError === undefined) return output;
  const payload = output.Payload as { errorType?: unknown } | null | undefined;
  const error = typeof payload?.errorType === 'string' ? payload.errorType : 'Lambda.Unknown';
  throw new StateError(error, JSON.stringify(payload ?? null));
}

/** Runs `events:putEvents`. Adds the state machine and the execution to each entry's resources. Fails if one entry fails. */
async function putEvents(args: unknown, caller: ServiceCaller): Promise<unknown> {
  const input = requireInput(args);
  const entries = Array.isArray(input.Entries)
    ? input.Entries.map((entry) => addResources(entry, caller))
    : [];
  let output: JsonObject;
  try {
    output = await caller.invoke('events', 'PutEvents', { ...input, Entries: entries }, caller.context);
  } catch (thrown) {
    throw toTaskError(thrown, OPTIMIZED_ERRORS.events);
  }
  if (!output.FailedEntryCount) return output;
  throw new StateError('EventBridge.FailedEntry', JSON.stringify(output));
}

function addResources(entry: unknown, { executionArn, stateMachineArn }: ServiceCaller): JsonObject {
  const { Detail, Resources, ...rest } = requireInput(entry);
  const resources = [...(Array.isArray(Resources) ? Resources : []), stateMachineArn, executionArn];
  const detail = Detail === undefined ? {} : { Detail: toText(Detail) };
  return { ...rest, ...detail, Resources: resources };
}

/** Runs `sqs:sendMessage`. Sends a body that is not a string as JSON. */
async function sendMessage(args: unknown, { invoke, context }: ServiceCaller): Promise<unknown> {
  const { MessageBody, ...rest } = requireInput(args);
  const body = MessageBody === undefined ? {} : { MessageBody: toText(MessageBody) };
  try {
    const output = await invoke('sqs', 'SendMessage', { ...rest, ...body }, context);
    return { ...output, ...createSdkMetadata(200) };
  } catch (thrown) {
    throw toTaskError(thrown, OPTIMIZED_ERRORS.sqs);
  }
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function createDynamoDbIntegration(action: string): RunTask {
  return async (args, { invoke, context }) => {
    try {
      const output = await invoke('dynamodb', action, requireInput(args), context);
      return { ...output, ...createSdkMetadata(200) };
    } catch (thrown) {
      throw toTaskError(thrown, OPTIMIZED_ERRORS.dynamodb);
    }
  };
}

function createSdkIntegration(service: keyof typeof SDK_ERRORS, action: string): RunTask {
  const target = service === 'eventbridge' ? 'events' : service;
  return async (args, { invoke, context }) => {
    const input = requireInput(args);
    try {
      if (service !== 'dynamodb') return await invoke(target, action, input, context);
      return toSdkAttributeTypes(await invoke(target, action, toApiAttributeTypes(input), context));
    } catch (thrown) {
      throw toTaskError(thrown, SDK_ERRORS[service]);
    }
  };
}

/** Returns the metadata that optimized integrations add to the API's response. */
function createSdkMetadata(status: unknown): JsonObject {
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
