import { requireArn } from '../template/require-arn';
import { QUEUE } from '../template/resource-types';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { checkRole, EMULATED_KEYS, INERT_KEYS, readSharedProperties } from './mapping-properties';
import type { EventSourceMappingModel } from './model';

/** Creates the model of a mapping whose source is the stream of a table. */
export function createStreamMapping(
  mapping: StackResource,
  table: StackResource,
  fn: StackResource,
  stack: Stack,
): EventSourceMappingModel {
  const { properties } = mapping;
  properties.checkKeys(mapping.type, {
    emulated: [
      ...EMULATED_KEYS,
      ...['StartingPosition', 'BisectBatchOnFunctionError', 'DestinationConfig'],
      ...['MaximumRecordAgeInSeconds', 'MaximumRetryAttempts'],
    ],
    inert: INERT_KEYS,
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
