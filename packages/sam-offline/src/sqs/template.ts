import type { App, QueueModel } from '../core/model';
import { createArnGetter, type Getter, getName, QUEUE } from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { StackResource } from '../template/stack/stack-resource';

const FIFO = 'FIFO queues are not supported.';

const getQueueUrl: Getter = ({ deployment: { region, urlSuffix, accountId }, name }) =>
  `https://sqs.${region}.${urlSuffix}/${accountId}/${name}`;

/** Queues. */
export const sqsTemplate: ServiceTemplate<Pick<App, 'queues'>> = {
  types: {
    [QUEUE]: {
      nameProperty: 'QueueName',
      maxNameLength: 80,
      ref: getQueueUrl,
      attributes: { Arn: createArnGetter('sqs', ''), QueueName: getName, QueueUrl: getQueueUrl },
    },
  },
  createModels: (stack) => ({
    queues: stack.listResourcesOf(QUEUE).flatMap((queue) => createQueueModel(queue) ?? []),
  }),
};

/**
 * Creates the model of an AWS::SQS::Queue. Returns undefined, and marks the resource, for a FIFO queue.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
 */
function createQueueModel(resource: StackResource): QueueModel | undefined {
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
      RedrivePolicy: 'Messages stay in the queue.',
      MaximumMessageSize: 'The limit is the default.',
      ContentBasedDeduplication: FIFO,
      DeduplicationScope: FIFO,
      FifoThroughputLimit: FIFO,
    },
  });
  if (properties.getBoolean('FifoQueue') === true || name.endsWith('.fifo')) {
    resource.markUnsupported('FIFO queues do not exist here. Sending to the queue fails.');
    return undefined;
  }
  properties.checkValue('DelaySeconds', 0, 'Messages are not delayed.');
  properties.checkValue('ReceiveMessageWaitTimeSeconds', 0, 'Set WaitTimeSeconds in ReceiveMessage.');
  return {
    logicalId,
    name,
    arn: resource.getAttribute('Arn') ?? '',
    visibilityTimeoutSeconds: properties.getInteger('VisibilityTimeout', 0, 43_200) ?? 30,
    messageRetentionSeconds: properties.getInteger('MessageRetentionPeriod', 60, 1_209_600) ?? 345_600,
  };
}
