import type { FunctionModel } from '../../core/model';
import type { Section } from '../section';
import type { Stack } from '../stack/stack';
import { requiredArn } from './event-bridge';
import { QUEUE } from './resource-types';

/**
 * The EventInvokeConfig of a function, from which SAM makes an AWS::Lambda::EventInvokeConfig for `$LATEST`.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventinvokeconfiguration.html
 */
export function asyncInvoke(config: Section, stack: Stack): NonNullable<FunctionModel['asyncInvoke']> {
  config.allow('EventInvokeConfig', {
    implemented: ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts', 'DestinationConfig'],
  });
  const destinations = config.section('DestinationConfig');
  destinations?.allow('DestinationConfig', {
    implemented: ['OnFailure'],
    refused: { OnSuccess: 'only failed invocations leave a record here' },
  });
  const onFailure = destinations?.section('OnFailure');
  const onFailureArn = onFailure && destinationArn(onFailure, stack);
  return {
    maximumEventAgeSeconds: config.integer('MaximumEventAgeInSeconds', 60, 21_600) ?? 21_600,
    maximumRetryAttempts: config.integer('MaximumRetryAttempts', 0, 2) ?? 2,
    ...(onFailureArn === undefined ? {} : { onFailureArn }),
  };
}

function destinationArn(onFailure: Section, stack: Stack): string | undefined {
  onFailure.allow('OnFailure', { implemented: ['Type', 'Destination'] });
  const type = onFailure.requiredString('Type');
  onFailure.expect('Type', 'SQS', 'records go to queues only');
  if (type !== 'SQS') return undefined;
  if (onFailure.has('Destination')) return requiredArn(onFailure, 'Destination', [QUEUE], stack);
  onFailure.problem(
    'OnFailure of Type SQS without Destination is not supported: SAM would make a queue, name one of this template',
  );
  return undefined;
}
