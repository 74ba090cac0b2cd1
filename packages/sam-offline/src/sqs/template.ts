import { type Getter, type NamedResource, QUEUE } from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import type { FifoModel, QueueModel } from './model';

/** Returns the name of a queue. CloudFormation appends `.fifo` to generated names of FIFO queues. */
function getQueueName(queue: NamedResource): string {
  const { name } = queue;
  const isFifo = queue.getProperty('FifoQueue')?.toLowerCase() === 'true';
  return isFifo && !name.endsWith('.fifo') ? `${name.slice(0, 75)}.fifo` : name;
}

const getQueueArn: Getter = (queue) => queue.deployment.formatArn('sqs', getQueueName(queue));

const getQueueUrl: Getter = (queue) => {
  const { region, urlSuffix, accountId } = queue.deployment;
  return `https://sqs.${region}.${urlSuffix}/${accountId}/${getQueueName(queue)}`;
};

/** Reads SQS queues. */
export const sqsTemplate: ServiceTemplate<{ readonly queues: readonly QueueModel[] }> = {
  types: {
    [QUEUE]: {
      nameProperty: 'QueueName',
      maxNameLength: 80,
      ref: getQueueUrl,
      attributes: { Arn: getQueueArn, QueueName: getQueueName, QueueUrl: getQueueUrl },
    },
  },
  createModels: (stack) => ({
    queues: stack.listResourcesOf(QUEUE).map((queue) => createQueueModel(queue, stack)),
  }),
};

/**
 * Creates the model of an AWS::SQS::Queue.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html
 */
function createQueueModel(resource: StackResource, stack: Stack): QueueModel {
  const { properties, logicalId } = resource;
  properties.checkKeys(resource.type, {
    emulated: [
      ...['QueueName', 'VisibilityTimeout', 'MessageRetentionPeriod', 'MaximumMessageSize', 'DelaySeconds'],
      ...['ReceiveMessageWaitTimeSeconds', 'RedrivePolicy'],
      ...['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope'],
    ],
    inert: [
      ...['SqsManagedSseEnabled', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'Tags'],
      ...['RedriveAllowPolicy', 'FifoThroughputLimit'],
    ],
  });
  const name = getQueueName(resource);
  const fifo = readFifo(resource, name);
  const redrive = readRedrive(resource, fifo !== undefined, stack);
  return {
    logicalId,
    name,
    arn: getQueueArn(resource),
    visibilityTimeoutSeconds: properties.getInteger('VisibilityTimeout', 0, 43_200) ?? 30,
    messageRetentionSeconds: properties.getInteger('MessageRetentionPeriod', 60, 1_209_600) ?? 345_600,
    delaySeconds: properties.getInteger('DelaySeconds', 0, 900) ?? 0,
    receiveWaitSeconds: properties.getInteger('ReceiveMessageWaitTimeSeconds', 0, 20) ?? 0,
    maximumMessageBytes: properties.getInteger('MaximumMessageSize', 1_024, 1_048_576) ?? 1_048_576,
    ...(redrive && { redrive }),
    ...(fifo && { fifo }),
  };
}

function readFifo({ properties }: StackResource, name: string): FifoModel | undefined {
  const isFifo = properties.getBoolean('FifoQueue') === true;
  const contentBasedDeduplication = properties.getBoolean('ContentBasedDeduplication') === true;
  const deduplicationScope =
    properties.getEnum('DeduplicationScope', ['queue', 'messageGroup'] as const) ?? 'queue';
  if (isFifo) return { contentBasedDeduplication, deduplicationScope };
  if (name.endsWith('.fifo')) properties.addProblem('Set FifoQueue for a queue whose name ends with .fifo');
  for (const key of ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit']) {
    if (properties.has(key)) properties.addProblem('is valid for FIFO queues only. Set FifoQueue: true', key);
  }
  return undefined;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue.html */
function readRedrive(
  { properties }: StackResource,
  isFifo: boolean,
  stack: Stack,
): QueueModel['redrive'] | undefined {
  const policy = properties.getMap('RedrivePolicy');
  if (!policy) return undefined;
  policy.checkKeys('RedrivePolicy', { emulated: ['deadLetterTargetArn', 'maxReceiveCount'] });
  policy.requireKey('maxReceiveCount');
  const maxReceiveCount = policy.getInteger('maxReceiveCount', 1, 1000);
  const deadLetterArn = policy.requireString('deadLetterTargetArn');
  if (deadLetterArn === '' || maxReceiveCount === undefined) return undefined;
  const target = stack.findByArn(deadLetterArn);
  if (target?.type !== QUEUE) {
    policy.report(
      'unsupported',
      `The template does not declare ${deadLetterArn}. Messages stay in the queue.`,
      'deadLetterTargetArn',
    );
    return undefined;
  }
  const targetIsFifo = target.getProperty('FifoQueue')?.toLowerCase() === 'true';
  if (targetIsFifo !== isFifo) {
    policy.addProblem(
      `must be the ARN of a ${isFifo ? 'FIFO' : 'standard'} queue, like the queue itself`,
      'deadLetterTargetArn',
    );
  }
  return { deadLetterArn, maxReceiveCount };
}
