import type { QueueModel } from '../../core/model';
import type { StackResource } from '../stack/stack-resource';

const FIFO = 'FIFO queues are not supported. Use a standard queue.';

/**
 * Creates the model of an AWS::SQS::Queue. Supports standard queues only.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
 */
export function createQueueModel(resource: StackResource): QueueModel {
  const { properties, logicalId, name } = resource;
  properties.checkKeys(resource.type, {
    emulated: [
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
    unsupported: {
      RedrivePolicy: 'The runtime does not move messages to dead-letter queues.',
      MaximumMessageSize: 'The runtime uses the default limit.',
      ContentBasedDeduplication: FIFO,
      DeduplicationScope: FIFO,
      FifoThroughputLimit: FIFO,
    },
  });
  properties.checkValue('FifoQueue', false, FIFO);
  properties.checkValue('DelaySeconds', 0, 'The runtime does not delay messages.');
  properties.checkValue('ReceiveMessageWaitTimeSeconds', 0, 'Set WaitTimeSeconds in ReceiveMessage.');
  return {
    logicalId,
    name,
    arn: resource.getAttribute('Arn') ?? '',
    visibilityTimeoutSeconds: properties.getInteger('VisibilityTimeout', 0, 43_200) ?? 30,
    messageRetentionSeconds: properties.getInteger('MessageRetentionPeriod', 60, 1_209_600) ?? 345_600,
  };
}
