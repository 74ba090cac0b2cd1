import type { QueueModel } from '../../core/model';
import type { StackResource } from '../stack/stack-resource';

const FIFO = 'FIFO queues are not available here';

/**
 * AWS::SQS::Queue, standard queues only.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
 */
export function queueModel(resource: StackResource): QueueModel {
  const { properties, logicalId, name } = resource;
  properties.allow(resource.type, {
    implemented: [
      ...['QueueName', 'VisibilityTimeout', 'MessageRetentionPeriod'],
      ...['FifoQueue', 'DelaySeconds', 'ReceiveMessageWaitTimeSeconds'],
    ],
    inert: [
      ...[
        'SqsManagedSseEnabled',
        'KmsMasterKeyId',
        'KmsDataKeyReusePeriodSeconds',
        'Tags',
        'RedriveAllowPolicy',
      ],
    ],
    refused: {
      RedrivePolicy: 'queues do not move messages to other queues here',
      MaximumMessageSize: 'queues have the default limit here',
      ContentBasedDeduplication: FIFO,
      DeduplicationScope: FIFO,
      FifoThroughputLimit: FIFO,
    },
  });
  properties.expect('FifoQueue', false, FIFO);
  properties.expect('DelaySeconds', 0, 'messages are not delayed here');
  properties.expect('ReceiveMessageWaitTimeSeconds', 0, 'a receiver says itself how long it waits');
  return {
    logicalId,
    name,
    arn: resource.attribute('Arn') ?? '',
    visibilityTimeoutSeconds: properties.integer('VisibilityTimeout', 0, 43_200) ?? 30,
    messageRetentionSeconds: properties.integer('MessageRetentionPeriod', 60, 1_209_600) ?? 345_600,
  };
}
