import type { ExpandEvent } from '../template/catalog';
import { PropertyMap } from '../template/property-map';
import { EVENT_SOURCE_MAPPING } from '../template/resource-types';
import { createGeneratedResource } from '../template/stack/resource';
import { createMap, createScalar, getMember } from '../template/yaml/node';

/** The properties that a SAM event passes to its event source mapping. */
const SHARED_KEYS = [
  ...['BatchSize', 'Enabled', 'FilterCriteria', 'FunctionResponseTypes', 'KmsKeyArn'],
  ...['MaximumBatchingWindowInSeconds', 'MetricsConfig', 'ProvisionedPollerConfig'],
];

/**
 * Creates the event source mapping for a function's SQS event.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sqs.html
 */
export const expandQueueEvent = createExpansion('an SQS event', 'Queue', ['ScalingConfig']);

/**
 * Creates the event source mapping for a function's DynamoDB event.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-dynamodb.html
 */
export const expandStreamEvent = createExpansion('a DynamoDB event', 'Stream', [
  ...['BisectBatchOnFunctionError', 'DestinationConfig', 'MaximumRecordAgeInSeconds', 'MaximumRetryAttempts'],
  ...['ParallelizationFactor', 'StartingPosition', 'StartingPositionTimestamp', 'TumblingWindowInSeconds'],
]);

function createExpansion(what: string, sourceKey: string, ownKeys: readonly string[]): ExpandEvent {
  const keys = [...SHARED_KEYS, ...ownKeys];
  return (parent, eventName, event, problems) => {
    const { location } = event;
    const properties = getMember(event, 'Properties') ?? createMap(location, {});
    new PropertyMap(properties, problems).checkKeys(what, { emulated: [sourceKey, ...keys] });
    const mapping = createMap(location, {
      ...Object.fromEntries(keys.map((key) => [key, getMember(properties, key)])),
      EventSourceArn: getMember(properties, sourceKey),
      FunctionName: createMap(location, { Ref: createScalar(location, parent.logicalId) }),
    });
    return [
      createGeneratedResource(parent, `${parent.logicalId}${eventName}`, EVENT_SOURCE_MAPPING, mapping),
    ];
  };
}
