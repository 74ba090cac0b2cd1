import type { PropertyMap } from '../template/property-map';
import { API, WEBSOCKET_API } from '../template/resource-types';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import type { ApiKeyModel, PlannedKeyModel } from './model';
import { readLimits } from './throttle-limits';
import { API_KEY, USAGE_PLAN, USAGE_PLAN_KEY } from './types';

/** Returns the enabled API keys of a stage. */
export function readApiKeys(apiId: string, stage: string, stack: Stack): ApiKeyModel[] {
  return listPlannedKeys(apiId, stage, stack).map(({ key }) => ({ id: key.refValue, value: readValue(key) }));
}

/**
 * Returns the enabled API keys of a stage, each with the usage plan that assigns the key to the stage.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
 */
function listPlannedKeys(
  apiId: string,
  stage: string,
  stack: Stack,
): { key: StackResource; plan: StackResource }[] {
  const plans = stack
    .listResourcesOf(USAGE_PLAN)
    .filter(({ properties }) =>
      properties
        .getMaps('ApiStages')
        .some((entry) => entry.getString('ApiId') === apiId && entry.getString('Stage') === stage),
    );
  const members = stack.listResourcesOf(USAGE_PLAN_KEY).map(({ properties }) => properties);
  const keys = stack
    .listResourcesOf(API_KEY)
    .filter(({ properties }) => properties.getBoolean('Enabled') === true);
  return plans.flatMap((plan) =>
    members
      .filter((member) => member.getString('UsagePlanId') === plan.refValue)
      .flatMap((member) => keys.filter((key) => key.refValue === member.getString('KeyId')))
      .map((key) => ({ key, plan })),
  );
}

const PERIODS = ['DAY', 'WEEK', 'MONTH'] as const;

/** Returns the enabled API keys of a REST API stage, with the limits of their usage plans. */
export function readPlannedKeys(apiId: string, stage: string, stack: Stack): PlannedKeyModel[] {
  return listPlannedKeys(apiId, stage, stack).map(({ key, plan }) => {
    const { properties } = plan;
    const throttle = readLimits(properties.getMap('Throttle'), 'RateLimit', 'BurstLimit');
    const quota = properties.getMap('Quota');
    const limit = quota?.getInteger('Limit', 0, 2_147_483_647);
    return {
      id: key.refValue,
      value: readValue(key),
      planId: plan.refValue,
      ...(throttle && { throttle }),
      ...(limit === undefined
        ? {}
        : { quota: { limit, period: quota?.getEnum('Period', PERIODS) ?? 'DAY' } }),
    };
  });
}

/** Returns the value of a key. If the template does not set it, API Gateway generates a value of 40 characters. */
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
    const limits = isWebSocketPlan(properties, stack)
      ? {
          unsupported: {
            Quota: 'The runtime does not limit the requests of API keys to WebSocket APIs.',
            Throttle: 'The runtime does not limit the requests of API keys to WebSocket APIs.',
          },
        }
      : {};
    properties.checkKeys(type, {
      emulated: ['ApiStages', ...('unsupported' in limits ? [] : ['Quota', 'Throttle'])],
      inert: ['Description', 'Tags', 'UsagePlanName'],
      ...limits,
    });
  }
}

/** Returns whether a usage plan contains a stage of a WebSocket API. The limits of usage plans apply to REST APIs only. */
function isWebSocketPlan(plan: PropertyMap, stack: Stack): boolean {
  const ids = stack.listResourcesOf(WEBSOCKET_API, API).map(({ refValue }) => refValue);
  return plan.getMaps('ApiStages').some((stage) => ids.includes(stage.getString('ApiId') ?? ''));
}
