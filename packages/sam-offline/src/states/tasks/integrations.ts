import type { JsonObject } from '../../core/service';
import { StateError } from '../errors';
import { toApiAttributeTypes, toSdkAttributeTypes } from './attribute-types';
import { invokeApi } from './invoke-api';
import { toApiMembers, toPascalCase, toStateMembers } from './member-names';
import type { IntegrationResource, OptimizedService, Resource, SdkService } from './resource';
import { createStartExecution } from './start-execution';
import { OPTIMIZED_ERRORS, SDK_ERRORS, toTaskError } from './task-errors';
import { createSdkMetadata, requireInput, toText } from './task-input';
import type { RunTask, ServiceCaller } from './task-runner';

/** Creates the function that runs a Task with the given resource. */
export function createTaskRunner(resource: Resource): RunTask {
  if (resource.kind === 'function') return (args, caller) => invokeFunction(resource.arn, args, caller);
  if (resource.kind === 'sdk') {
    return createSdkIntegration(resource.service as SdkService, toPascalCase(resource.action));
  }
  return OPTIMIZED[resource.service as OptimizedService](resource);
}

const OPTIMIZED: Readonly<Record<OptimizedService, (resource: IntegrationResource) => RunTask>> = {
  lambda: () => invokeLambda,
  events: () => putEvents,
  sqs: () => sendMessage,
  dynamodb: ({ action }) => createDynamoDbIntegration(toPascalCase(action)),
  states: ({ pattern }) => createStartExecution(pattern),
  apigateway: () => invokeApi,
};

async function invokeFunction(arn: string, args: unknown, caller: ServiceCaller): Promise<unknown> {
  const output = await callLambda({ FunctionName: arn, Payload: args }, caller);
  return output.Payload ?? null;
}

/** Runs `lambda:invoke`. The result is the API response with a parsed payload. */
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

/**
 * Runs `events:putEvents`. Adds the state machine and the execution to the resources of each entry. Fails if an entry fails.
 */
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

/** Runs `sqs:sendMessage`. If the body is not a string, sends it as JSON. */
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

/** The service that an AWS SDK integration calls, and the conversions between the names in the integration and in the API. */
interface SdkConversion {
  readonly service: string;
  readonly toInput: (args: JsonObject) => JsonObject;
  readonly toResult: (output: JsonObject) => unknown;
}

const toIsoDate = (seconds: number) => new Date(seconds * 1000).toISOString();
const unchanged = (value: JsonObject) => value;

const SDK: Readonly<Record<SdkService, SdkConversion>> = {
  dynamodb: { service: 'dynamodb', toInput: toApiAttributeTypes, toResult: toSdkAttributeTypes },
  eventbridge: { service: 'events', toInput: unchanged, toResult: unchanged },
  lambda: { service: 'lambda', toInput: parsePayload, toResult: formatPayload },
  sfn: {
    service: 'states',
    toInput: (args) => toApiMembers(withTexts(args)),
    toResult: (output) => toStateMembers(output, toIsoDate),
  },
  sqs: { service: 'sqs', toInput: unchanged, toResult: unchanged },
};

function createSdkIntegration(name: SdkService, action: string): RunTask {
  const { service, toInput, toResult } = SDK[name];
  return async (args, { invoke, context }) => {
    const input = requireInput(args);
    try {
      return toResult(await invoke(service, action, toInput(input), context));
    } catch (thrown) {
      throw toTaskError(thrown, SDK_ERRORS[name]);
    }
  };
}

/** Converts `Input` and `Output` to JSON text, as the API requires. */
function withTexts(args: JsonObject): JsonObject {
  const texts = ['Input', 'Output'].filter((name) => Object.hasOwn(args, name));
  return { ...args, ...Object.fromEntries(texts.map((name) => [name, toText(args[name])])) };
}

/** Parses the payload of `aws-sdk:lambda:invoke`, which is text as in the SDK. */
function parsePayload({ Payload, ...input }: JsonObject): JsonObject {
  return typeof Payload === 'string' ? { ...input, Payload: JSON.parse(Payload) } : input;
}

function formatPayload({ Payload, ...output }: JsonObject): JsonObject {
  return Payload === undefined ? output : { ...output, Payload: JSON.stringify(Payload) };
}
