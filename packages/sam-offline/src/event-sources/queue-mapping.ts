import type { PropertyMap } from '../template/property-map';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { checkRole, EMULATED_KEYS, INERT_KEYS, readSharedProperties } from './mapping-properties';
import type { EventSourceMappingModel } from './model';

const NOT_FOR_QUEUES = 'It applies to streams only.';

/** Creates the model of a mapping whose source is a queue. */
export function createQueueMapping(
  mapping: StackResource,
  queue: StackResource,
  fn: StackResource,
  stack: Stack,
): EventSourceMappingModel {
  const { properties } = mapping;
  properties.checkKeys(mapping.type, {
    emulated: [...EMULATED_KEYS, 'ScalingConfig'],
    inert: [...INERT_KEYS, 'ProvisionedPollerConfig'],
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

/**
 * Reports properties that Lambda rejects when it creates the mapping.
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
