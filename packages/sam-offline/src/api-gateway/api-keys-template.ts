import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import type { ApiKeyModel } from './model';
import { API_KEY, USAGE_PLAN, USAGE_PLAN_KEY } from './types';

/**
 * Returns the enabled API keys of a stage, from the usage plans that contain it.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
 */
export function readApiKeys(apiId: string, stage: string, stack: Stack): ApiKeyModel[] {
  const plans = stack
    .listResourcesOf(USAGE_PLAN)
    .filter(({ properties }) =>
      properties
        .getMaps('ApiStages')
        .some((entry) => entry.getString('ApiId') === apiId && entry.getString('Stage') === stage),
    )
    .map(({ refValue }) => refValue);
  const keyIds = stack
    .listResourcesOf(USAGE_PLAN_KEY)
    .filter(({ properties }) => plans.includes(properties.getString('UsagePlanId') ?? ''))
    .map(({ properties }) => properties.getString('KeyId'));
  return stack
    .listResourcesOf(API_KEY)
    .filter((key) => keyIds.includes(key.refValue) && key.properties.getBoolean('Enabled') === true)
    .map((key) => ({ id: key.refValue, value: readValue(key) }));
}

/** API Gateway generates a value of 40 characters for a key without a value. */
function readValue({ properties, deployment, logicalId }: StackResource): string {
  return (
    properties.getString('Value') ??
    `${deployment.createId(`${logicalId}Value`, 20)}${deployment.createId(`${logicalId}Rest`, 20)}`
  );
}

/** Reports the settings of API keys and usage plans that have no effect. */
export function checkApiKeys(stack: Stack): void {
  for (const { properties, type } of stack.listResourcesOf(API_KEY)) {
    properties.checkKeys(type, {
      emulated: ['Enabled', 'Value', 'Name', 'GenerateDistinctId'],
      inert: ['CustomerId', 'Description', 'Tags'],
      unsupported: { StageKeys: 'Add the key to a usage plan.' },
    });
    if (properties.getBoolean('Enabled') !== true)
      properties.report('warning', 'The key is not enabled. Set Enabled to true.');
  }
  for (const { properties, type } of stack.listResourcesOf(USAGE_PLAN)) {
    properties.checkKeys(type, {
      emulated: ['ApiStages'],
      inert: ['Description', 'Tags', 'UsagePlanName'],
      unsupported: {
        Quota: 'The runtime does not limit the requests of API keys.',
        Throttle: 'The runtime does not limit the requests of API keys.',
      },
    });
  }
}
