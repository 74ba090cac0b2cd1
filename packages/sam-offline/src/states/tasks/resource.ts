/** A parsed `Resource` of a Task. */
export type Resource =
  /** A Lambda function ARN. The arguments are the event, and the function's result is the task's result. */
  | { readonly kind: 'function'; readonly arn: string }
  /** An optimized integration, for example `states:::lambda:invoke`. */
  | { readonly kind: 'optimized'; readonly service: OptimizedService; readonly action: string }
  /** An AWS SDK integration, for example `states:::aws-sdk:dynamodb:query`. */
  | { readonly kind: 'sdk'; readonly service: SdkService; readonly action: string };

export type OptimizedService = 'lambda' | 'events' | 'sqs' | 'dynamodb';
export type SdkService = 'dynamodb' | 'eventbridge' | 'sqs';

const OPTIMIZED: Readonly<Record<OptimizedService, readonly string[]>> = {
  lambda: ['invoke'],
  events: ['putEvents'],
  sqs: ['sendMessage'],
  dynamodb: ['getItem', 'putItem', 'updateItem', 'deleteItem'],
};

const SDK: Readonly<Record<SdkService, readonly string[]>> = {
  dynamodb: [
    'batchGetItem',
    'batchWriteItem',
    'deleteItem',
    'describeTable',
    'getItem',
    'putItem',
    'query',
    'scan',
    'transactGetItems',
    'transactWriteItems',
    'updateItem',
  ],
  eventbridge: ['putEvents'],
  sqs: [
    'deleteMessage',
    'getQueueAttributes',
    'getQueueUrl',
    'receiveMessage',
    'sendMessage',
    'sendMessageBatch',
  ],
};

const FUNCTION_ARN = /^arn:(?:aws|aws-cn|aws-us-gov):lambda:[\w-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?$/;
const INTEGRATION_ARN = /^arn:(?:aws|aws-cn|aws-us-gov):states:[\w-]*:\d*:(.+)$/;
const INTEGRATION_PATTERN = /\.(?:sync(?::\d+)?|waitForTaskToken)$/;

/** Parses a Task's `Resource`. Returns an error message if the runtime does not support it. */
export function parseResource(resource: unknown): Resource | string {
  if (typeof resource !== 'string') return 'Resource must be an ARN';
  if (FUNCTION_ARN.test(resource)) return { kind: 'function', arn: resource };
  const target = INTEGRATION_ARN.exec(resource)?.[1];
  if (target === undefined)
    return `Resource '${resource}' must be the ARN of a Lambda function or of a service integration`;
  const pattern = INTEGRATION_PATTERN.exec(target)?.[0];
  if (pattern) return `Resource '${resource}': the integration pattern '${pattern}' is not supported`;
  if (target.startsWith('activity:')) return `Resource '${resource}': activities are not supported`;
  return parseIntegration(resource, target.split(':'));
}

/**
 * Returns the name of a resource in the causes of AWS: `lambda` for `states:::lambda:invoke`, `aws-sdk:dynamodb` for
 * `states:::aws-sdk:dynamodb:query`, and the ARN for a function.
 */
export function resourceType(resource: string): string {
  return INTEGRATION_ARN.exec(resource)?.[1]?.replace(/:[^:]+$/, '') ?? resource;
}

function parseIntegration(resource: string, parts: readonly string[]): Resource | string {
  const [service, action, third, more] = parts;
  if (service === 'aws-sdk' && third !== undefined && more === undefined) {
    const actions =
      action !== undefined && Object.hasOwn(SDK, action) ? SDK[action as SdkService] : undefined;
    if (!actions) return `Resource '${resource}': service '${action}' is not supported. ${listServices(SDK)}`;
    if (!actions.includes(third)) {
      return `Resource '${resource}': action '${third}' is not supported. ${listActions(actions)}`;
    }
    return { kind: 'sdk', service: action as SdkService, action: third };
  }
  if (third !== undefined || action === undefined || service === undefined) {
    return `Resource '${resource}' is not a valid service integration`;
  }
  if (!Object.hasOwn(OPTIMIZED, service)) {
    return `Resource '${resource}': service '${service}' is not supported. ${listServices(OPTIMIZED)}`;
  }
  if (!OPTIMIZED[service as OptimizedService].includes(action)) {
    const actions = OPTIMIZED[service as OptimizedService];
    return `Resource '${resource}': action '${action}' is not supported. ${listActions(actions)}`;
  }
  return { kind: 'optimized', service: service as OptimizedService, action };
}

function listServices(services: Readonly<Record<string, unknown>>): string {
  return `Supported services: ${Object.keys(services).join(', ')}`;
}

function listActions(actions: readonly string[]): string {
  return `Supported actions: ${actions.join(', ')}`;
}
