import type { FunctionModel } from '../../core/model';
import type { PropertyMap } from '../property-map';
import { QUEUE } from '../resource-types';
import type { Stack } from '../stack/stack';
import { requireArn } from './event-bridge';

/**
 * Creates the model of a function's EventInvokeConfig.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventinvokeconfiguration.html
 */
export function createAsyncInvokeModel(
  config: PropertyMap,
  stack: Stack,
): NonNullable<FunctionModel['asyncInvoke']> {
  config.checkKeys('EventInvokeConfig', {
    emulated: ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts', 'DestinationConfig'],
  });
  const destinations = config.getMap('DestinationConfig');
  destinations?.checkKeys('DestinationConfig', {
    emulated: ['OnFailure'],
    unsupported: { OnSuccess: 'The runtime sends records of failed invocations only.' },
  });
  const onFailure = destinations?.getMap('OnFailure');
  const onFailureArn = onFailure && readDestinationArn(onFailure, stack);
  return {
    maximumEventAgeSeconds: config.getInteger('MaximumEventAgeInSeconds', 60, 21_600) ?? 21_600,
    maximumRetryAttempts: config.getInteger('MaximumRetryAttempts', 0, 2) ?? 2,
    ...(onFailureArn === undefined ? {} : { onFailureArn }),
  };
}

function readDestinationArn(onFailure: PropertyMap, stack: Stack): string | undefined {
  onFailure.checkKeys('OnFailure', { emulated: ['Type', 'Destination'] });
  const type = onFailure.requireString('Type');
  onFailure.checkValue('Type', 'SQS', 'The runtime supports queues only.');
  if (type !== 'SQS') return undefined;
  if (onFailure.has('Destination')) return requireArn(onFailure, 'Destination', [QUEUE], stack);
  onFailure.addProblem(
    'Destination is missing. Generated queues are not supported: set Destination to the ARN of a queue of the template.',
  );
  return undefined;
}
