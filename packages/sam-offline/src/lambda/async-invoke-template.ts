import type { PropertyMap } from '../template/property-map';
import { requireArn } from '../template/require-arn';
import { QUEUE } from '../template/resource-types';
import type { Stack } from '../template/stack/stack';
import type { FunctionModel } from './model';

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
    unsupported: { OnSuccess: 'Records of successful invocations are not sent.' },
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
  onFailure.report('unsupported', 'Destination is missing. Records of failed invocations are not sent.');
  return undefined;
}
