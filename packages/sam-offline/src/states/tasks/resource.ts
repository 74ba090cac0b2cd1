/** A parsed `Resource` of a Task. */
export type Resource = FunctionResource | IntegrationResource;

/** A Lambda function ARN. The event contains the task's arguments, and the function's result is the task's result. */
interface FunctionResource {
  readonly kind: 'function';
  readonly arn: string;
}

export interface IntegrationResource {
  /** An optimized integration (`states:::lambda:invoke`) or an AWS SDK integration (`states:::aws-sdk:dynamodb:query`). */
  readonly kind: 'optimized' | 'sdk';
  readonly service: OptimizedService | SdkService;
  readonly action: string;
  /** How the task waits. If undefined, the task waits only for the response. */
  readonly pattern?: IntegrationPattern;
}

/**
 * How a task waits. `sync` and `sync:2` wait until a job ends. `waitForTaskToken` waits for SendTaskSuccess or SendTaskFailure.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
 */
export type IntegrationPattern = 'sync' | 'sync:2' | 'waitForTaskToken';

/** A resource that AWS rejects or that the runtime does not emulate. */
type OtherResource =
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'unsupported'; readonly message: string };

export type OptimizedService = keyof typeof OPTIMIZED;
export type SdkService = keyof typeof SDK;

interface Integration {
  readonly actions: readonly string[];
  /** The integration patterns that Step Functions supports. AWS SDK integrations support only waitForTaskToken. */
  readonly patterns: readonly IntegrationPattern[];
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html */
const OPTIMIZED = {
  lambda: { actions: ['invoke'], patterns: ['waitForTaskToken'] },
  events: { actions: ['putEvents'], patterns: ['waitForTaskToken'] },
  sqs: { actions: ['sendMessage'], patterns: ['waitForTaskToken'] },
  dynamodb: { actions: ['getItem', 'putItem', 'updateItem', 'deleteItem'], patterns: [] },
  states: { actions: ['startExecution'], patterns: ['sync', 'sync:2', 'waitForTaskToken'] },
  apigateway: { actions: ['invoke'], patterns: ['waitForTaskToken'] },
} as const satisfies Readonly<Record<string, Integration>>;

const SDK = {
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
  lambda: ['invoke'],
  sfn: [
    'describeExecution',
    'listExecutions',
    'sendTaskFailure',
    'sendTaskHeartbeat',
    'sendTaskSuccess',
    'startExecution',
    'startSyncExecution',
    'stopExecution',
  ],
  sqs: [
    'deleteMessage',
    'getQueueAttributes',
    'getQueueUrl',
    'receiveMessage',
    'sendMessage',
    'sendMessageBatch',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

const FUNCTION_ARN = /^arn:(?:aws|aws-cn|aws-us-gov):lambda:[\w-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?$/;
const INTEGRATION_ARN = /^arn:(?:aws|aws-cn|aws-us-gov):states:[\w-]*:\d*:(.+)$/;
const PATTERN = /\.(sync(?::2)?|waitForTaskToken)$/;

/** Parses a Task's `Resource`. */
export function parseResource(resource: unknown): Resource | OtherResource {
  if (typeof resource !== 'string') return createInvalid('Resource must be an ARN');
  if (FUNCTION_ARN.test(resource)) return { kind: 'function', arn: resource };
  const target = INTEGRATION_ARN.exec(resource)?.[1];
  if (target === undefined)
    return createInvalid(
      `Resource '${resource}' must be the ARN of a Lambda function or of a service integration`,
    );
  if (target.startsWith('activity:')) {
    return createUnsupported(`Resource '${resource}': activities are not supported`);
  }
  const pattern = PATTERN.exec(target)?.[1] as IntegrationPattern | undefined;
  return parseIntegration(resource, target.replace(PATTERN, '').split(':'), pattern);
}

/**
 * Returns the name of a resource that AWS uses in error causes: `lambda` for `states:::lambda:invoke`, `aws-sdk:dynamodb` for
 * `states:::aws-sdk:dynamodb:query`, and the ARN of a function.
 */
export function resourceType(resource: string): string {
  return (
    INTEGRATION_ARN.exec(resource)?.[1]
      ?.replace(/\.sync:2$/, '')
      .replace(/:[^:]+$/, '') ?? resource
  );
}

function parseIntegration(
  resource: string,
  parts: readonly string[],
  pattern: IntegrationPattern | undefined,
): Resource | OtherResource {
  const [service, action, third, more] = parts;
  const wait = pattern === undefined ? {} : { pattern };
  if (service === 'aws-sdk' && action !== undefined && third !== undefined && more === undefined) {
    const problem = checkSdkIntegration(resource, action, third, pattern);
    return problem ?? { kind: 'sdk', service: action as SdkService, action: third, ...wait };
  }
  if (third !== undefined || action === undefined || service === undefined) {
    return createInvalid(`Resource '${resource}' is not a valid service integration`);
  }
  if (!isMember(OPTIMIZED, service)) {
    return createUnsupported(
      `Resource '${resource}': service '${service}' is not supported. ${listNames('services', OPTIMIZED)}`,
    );
  }
  const { actions, patterns }: Integration = OPTIMIZED[service];
  if (!actions.includes(action)) {
    return createInvalid(
      `Resource '${resource}': action '${action}' is not supported. Supported actions: ${actions.join(', ')}`,
    );
  }
  if (pattern !== undefined && !patterns.includes(pattern)) {
    return createInvalid(`Resource '${resource}': the integration pattern '.${pattern}' is not supported`);
  }
  return { kind: 'optimized', service, action, ...wait };
}

/**
 * AWS rejects AWS SDK integrations for data planes that need an endpoint, such as `apigatewaymanagementapi`
 * (https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html). To post to a WebSocket connection, use
 * `apigateway:invoke`.
 */
const NEEDS_ENDPOINT = 'apigatewaymanagementapi';

function checkSdkIntegration(
  resource: string,
  service: string,
  action: string,
  pattern: IntegrationPattern | undefined,
): OtherResource | undefined {
  if (service === NEEDS_ENDPOINT) {
    return createInvalid(
      `Resource '${resource}': Step Functions does not have this integration. Use ` +
        'arn:aws:states:::apigateway:invoke with the Path /@connections/CONNECTION_ID',
    );
  }
  const actions: readonly string[] | undefined = isMember(SDK, service) ? SDK[service] : undefined;
  if (!actions) {
    const services = listNames('services', SDK);
    return createUnsupported(`Resource '${resource}': service '${service}' is not supported. ${services}`);
  }
  if (/^[A-Z]/.test(action) || (pattern !== undefined && pattern !== 'waitForTaskToken')) {
    return createInvalid(`Resource '${resource}' is not a valid service integration`);
  }
  if (actions.includes(action)) return undefined;
  return createUnsupported(
    `Resource '${resource}': action '${action}' is not supported. Supported actions: ${actions.join(', ')}`,
  );
}

function isMember<T extends object>(members: T, name: string): name is keyof T & string {
  return Object.hasOwn(members, name);
}

function createInvalid(message: string): OtherResource {
  return { kind: 'invalid', message };
}

function createUnsupported(message: string): OtherResource {
  return { kind: 'unsupported', message };
}

function listNames(what: string, members: Readonly<Record<string, unknown>>): string {
  return `Supported ${what}: ${Object.keys(members).join(', ')}`;
}
