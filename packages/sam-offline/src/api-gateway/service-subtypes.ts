import type { JsonObject } from '../core/service';

/** An action of a service that HTTP APIs call without a function. */
export interface ServiceSubtype {
  readonly service: 'events' | 'sqs' | 'states';
  readonly action: string;
  readonly requiredParameters: readonly string[];
  /** Creates the input of the action from the parameters that have a value. */
  createInput(parameters: Readonly<Record<string, string>>): JsonObject;
}

/**
 * The emulated service integrations of HTTP APIs.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
 */
const SUBTYPES: Readonly<Record<string, ServiceSubtype>> = {
  'EventBridge-PutEvents': {
    service: 'events',
    action: 'PutEvents',
    requiredParameters: ['Detail', 'DetailType', 'Source'],
    createInput: ({ Resources, ...entry }) => ({
      Entries: [{ ...entry, ...(Resources === undefined ? {} : { Resources: parseJson(Resources) }) }],
    }),
  },
  'SQS-SendMessage': createQueueSubtype('SendMessage', ['QueueUrl', 'MessageBody']),
  'SQS-DeleteMessage': createQueueSubtype('DeleteMessage', ['QueueUrl', 'ReceiptHandle']),
  'SQS-PurgeQueue': createQueueSubtype('PurgeQueue', ['QueueUrl']),
  'StepFunctions-StartExecution': createWorkflowSubtype('StartExecution', ['StateMachineArn']),
  'StepFunctions-StartSyncExecution': createWorkflowSubtype('StartSyncExecution', ['StateMachineArn']),
  'StepFunctions-StopExecution': createWorkflowSubtype('StopExecution', ['ExecutionArn']),
};

/** Returns the service integration with a name such as `SQS-SendMessage`, or undefined if it is not emulated. */
export function findSubtype(name: string): ServiceSubtype | undefined {
  return Object.hasOwn(SUBTYPES, name) ? SUBTYPES[name] : undefined;
}

function createQueueSubtype(action: string, requiredParameters: readonly string[]): ServiceSubtype {
  return {
    service: 'sqs',
    action,
    requiredParameters,
    createInput: ({ DelaySeconds, MessageAttributes, ...input }) => ({
      ...input,
      ...(DelaySeconds === undefined ? {} : { DelaySeconds: Number(DelaySeconds) }),
      ...(MessageAttributes === undefined ? {} : { MessageAttributes: parseJson(MessageAttributes) }),
    }),
  };
}

/** The members of the API begin with a lower-case letter, the parameters of the integration with a capital letter. */
function createWorkflowSubtype(action: string, requiredParameters: readonly string[]): ServiceSubtype {
  return {
    service: 'states',
    action,
    requiredParameters,
    createInput: (parameters) =>
      Object.fromEntries(
        Object.entries(parameters).map(([name, value]) => [
          name.charAt(0).toLowerCase() + name.slice(1),
          value,
        ]),
      ),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // The service rejects it.
  }
}
