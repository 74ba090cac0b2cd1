import type { App, EventSourceMappingModel } from '../core/model';
import { isObject } from '../core/service';
import { compilePattern } from '../events/pattern';
import { evaluatePolicies } from '../iam/policy';
import { createRoleModel } from '../iam/role-template';
import type { PropertyMap } from '../template/property-map';
import { requireArn } from '../template/require-arn';
import {
  createIdGetter,
  EVENT_SOURCE_MAPPING,
  FUNCTIONS,
  type NamedResource,
  QUEUE,
  TABLE,
} from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { expandQueueEvent, expandStreamEvent } from './expand-source';

const getId = createIdGetter(36);
const getArn = (mapping: NamedResource) =>
  mapping.deployment.formatArn('lambda', `event-source-mapping:${getId(mapping)}`);

/** Event source mappings: queues and streams whose records Lambda passes to functions. */
export const eventSourcesTemplate: ServiceTemplate<Pick<App, 'eventSourceMappings'>> = {
  types: {
    [EVENT_SOURCE_MAPPING]: { ref: getId, attributes: { Id: getId, EventSourceMappingArn: getArn } },
  },
  events: { SQS: expandQueueEvent, DynamoDB: expandStreamEvent },
  createModels: (stack) => ({
    eventSourceMappings: stack
      .listResourcesOf(EVENT_SOURCE_MAPPING)
      .flatMap((mapping) => createMappingModel(mapping, stack) ?? []),
  }),
};

const NOT_FOR_QUEUES = 'It applies to streams only.';

/**
 * Creates the model of an AWS::Lambda::EventSourceMapping. Returns undefined, and marks the resource, for a source or a
 * function that the runtime does not emulate.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
 */
function createMappingModel(mapping: StackResource, stack: Stack): EventSourceMappingModel | undefined {
  const { properties } = mapping;
  const sourceArn = properties.requireString('EventSourceArn');
  const fn = findFunction(properties.requireString('FunctionName'), stack);
  const source = stack.findByArn(sourceArn);
  const table = stack.listResourcesOf(TABLE).find((table) => table.getAttribute('StreamArn') === sourceArn);
  if (table && fn) return createStreamMapping(mapping, table, fn, stack);
  if (source?.type !== QUEUE && !table) {
    mapping.markUnsupported(`The function receives no events, because ${sourceArn} is not emulated.`);
    return undefined;
  }
  if (!source || !fn) {
    mapping.markUnsupported('Its function is not in the template, so nothing reads the source.');
    return undefined;
  }
  return createQueueMapping(mapping, source, fn, stack);
}

/** Finds a function by its name or its ARN, which may end with a version or an alias. */
function findFunction(nameOrArn: string, stack: Stack): StackResource | undefined {
  const [name] = nameOrArn
    .replace(/^arn:(?:[^:]*:){5}/, '')
    .replace(/^(?:\d{12}:)?function:/, '')
    .split(':');
  return stack.listResourcesOf(...FUNCTIONS).find((fn) => fn.name === name);
}

function createQueueMapping(
  mapping: StackResource,
  queue: StackResource,
  fn: StackResource,
  stack: Stack,
): EventSourceMappingModel {
  const { properties } = mapping;
  properties.checkKeys(mapping.type, {
    emulated: [
      ...['EventSourceArn', 'FunctionName', 'Enabled', 'BatchSize', 'MaximumBatchingWindowInSeconds'],
      ...['FunctionResponseTypes', 'FilterCriteria', 'ScalingConfig'],
    ],
    inert: ['KmsKeyArn', 'MetricsConfig', 'ProvisionedPollerConfig', 'Tags'],
    unsupported: {
      BisectBatchOnFunctionError: NOT_FOR_QUEUES,
      DestinationConfig: NOT_FOR_QUEUES,
      MaximumRecordAgeInSeconds: NOT_FOR_QUEUES,
      MaximumRetryAttempts: NOT_FOR_QUEUES,
      ParallelizationFactor: NOT_FOR_QUEUES,
      StartingPosition: NOT_FOR_QUEUES,
    },
  });
  const scaling = properties.getMap('ScalingConfig');
  scaling?.checkKeys('ScalingConfig', { emulated: ['MaximumConcurrency'] });
  const maximumConcurrency = scaling?.getInteger('MaximumConcurrency', 2, 1000);
  const model = {
    ...readSharedProperties(mapping, fn, 10),
    sourceArn: queue.getAttribute('Arn') ?? '',
    ...(maximumConcurrency === undefined ? {} : { maximumConcurrency }),
  };
  checkQueueMapping(model, properties, queue, fn);
  checkRole(mapping, fn, stack, {
    resource: model.sourceArn,
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    describe: (action) =>
      `The function execution role does not have permissions to call ${action.slice(4)} on SQS`,
  });
  return model;
}

function createStreamMapping(
  mapping: StackResource,
  table: StackResource,
  fn: StackResource,
  stack: Stack,
): EventSourceMappingModel {
  const { properties } = mapping;
  properties.checkKeys(mapping.type, {
    emulated: [
      ...['EventSourceArn', 'FunctionName', 'Enabled', 'BatchSize', 'MaximumBatchingWindowInSeconds'],
      ...['FunctionResponseTypes', 'FilterCriteria', 'StartingPosition', 'BisectBatchOnFunctionError'],
      ...['DestinationConfig', 'MaximumRecordAgeInSeconds', 'MaximumRetryAttempts'],
    ],
    inert: ['KmsKeyArn', 'MetricsConfig', 'Tags'],
    unsupported: {
      ParallelizationFactor: 'Each shard has one batch at a time.',
      TumblingWindowInSeconds: 'The event has no window and no state.',
    },
  });
  properties.requireKey('StartingPosition');
  properties.getEnum('StartingPosition', ['LATEST', 'TRIM_HORIZON']);
  if (!table.properties.has('StreamSpecification')) {
    properties.addProblem(
      `${table.logicalId} has no stream. Add StreamSpecification to it.`,
      'EventSourceArn',
    );
  }
  const retries = properties.getInteger('MaximumRetryAttempts', -1, 10_000) ?? -1;
  const age = properties.getInteger('MaximumRecordAgeInSeconds', -1, 604_800) ?? -1;
  const onFailure = properties.getMap('DestinationConfig')?.getMap('OnFailure');
  const onFailureArn = onFailure && requireArn(onFailure, 'Destination', [QUEUE], stack);
  const model = {
    ...readSharedProperties(mapping, fn, 100),
    sourceArn: table.getAttribute('StreamArn') ?? '',
    stream: {
      bisects: properties.getBoolean('BisectBatchOnFunctionError') === true,
      ...(retries === -1 ? {} : { maximumRetryAttempts: retries }),
      ...(age === -1 ? {} : { maximumRecordAgeSeconds: age }),
      ...(onFailureArn === undefined ? {} : { onFailureArn }),
    },
  };
  checkRole(mapping, fn, stack, {
    resource: model.sourceArn,
    actions: ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream'],
    describe: () =>
      `Cannot access stream ${model.sourceArn}. Please ensure the role can perform the GetRecords, GetShardIterator, ` +
      'DescribeStream, and ListStreams Actions on your stream in IAM',
  });
  return model;
}

function readSharedProperties(
  { properties, logicalId }: StackResource,
  fn: StackResource,
  defaultBatchSize: number,
): Omit<EventSourceMappingModel, 'sourceArn'> {
  const responseTypes = properties.has('FunctionResponseTypes')
    ? properties.requireStrings('FunctionResponseTypes')
    : [];
  return {
    logicalId,
    functionArn: fn.getAttribute('Arn') ?? '',
    enabled: properties.getBoolean('Enabled') !== false,
    batchSize: properties.getInteger('BatchSize', 1, 10_000) ?? defaultBatchSize,
    batchingWindowSeconds: properties.getInteger('MaximumBatchingWindowInSeconds', 0, 300) ?? 0,
    reportsItemFailures: responseTypes.includes('ReportBatchItemFailures'),
    filters: readFilters(properties.getMap('FilterCriteria')),
  };
}

/**
 * Reports what Lambda rejects when it creates the mapping.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
 */
function checkQueueMapping(
  { batchSize, batchingWindowSeconds }: EventSourceMappingModel,
  properties: PropertyMap,
  queue: StackResource,
  fn: StackResource,
): void {
  if (queue.getProperty('FifoQueue')?.toLowerCase() === 'true') {
    if (batchSize > 10) properties.addProblem('must be at most 10 for FIFO queues', 'BatchSize');
    if (batchingWindowSeconds > 0)
      properties.addProblem(
        'Batching window is not supported for FIFO queues',
        'MaximumBatchingWindowInSeconds',
      );
  } else if (batchSize > 10 && batchingWindowSeconds === 0) {
    properties.addProblem(
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
      'BatchSize',
    );
  }
  const visibility = Number(queue.getProperty('VisibilityTimeout') ?? 30);
  const timeout = Number(fn.getProperty('Timeout') ?? 3);
  if (visibility < timeout) {
    properties.addProblem(
      `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeout} seconds`,
    );
  }
}

/** Reports a role that does not allow Lambda to read the source. Lambda checks it when it creates the mapping. */
function checkRole(
  mapping: StackResource,
  fn: StackResource,
  stack: Stack,
  required: { resource: string; actions: readonly string[]; describe: (action: string) => string },
): void {
  const { statements } = createRoleModel(fn, 'Role', stack);
  if (!statements) return;
  const { resource, actions, describe } = required;
  const denied = actions.find((action) => evaluatePolicies(statements, { action, resource }) !== 'allowed');
  if (denied !== undefined)
    mapping.properties.addProblem(`${describe(denied)}. Add ${denied} to ${fn.logicalId}.`);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
function readFilters(criteria: PropertyMap | undefined): Record<string, unknown>[] {
  criteria?.checkKeys('FilterCriteria', { emulated: ['Filters'] });
  return (criteria?.getMaps('Filters') ?? []).flatMap((filter) => {
    filter.checkKeys('Filters', { emulated: ['Pattern'] });
    const pattern = parsePattern(filter.requireString('Pattern'));
    if (pattern) return [pattern];
    filter.addProblem('Invalid filter pattern definition.', 'Pattern');
    return [];
  });
}

function parsePattern(text: string): Record<string, unknown> | undefined {
  try {
    const pattern: unknown = JSON.parse(text);
    compilePattern(pattern);
    return isObject(pattern) ? pattern : undefined;
  } catch {
    return undefined;
  }
}
