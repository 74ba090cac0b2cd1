import type { EventBusModel, RuleModel, TargetModel } from '../../core/model';
import type { PropertyMap } from '../property-map';
import { EVENT_BUS, FUNCTION, parseBusName, QUEUE, STATE_MACHINE } from '../resource-types';
import type { Stack } from '../stack/stack';
import type { StackResource } from '../stack/stack-resource';

/**
 * Creates the model of an AWS::Events::EventBus.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html
 */
export function createEventBusModel(resource: StackResource): EventBusModel {
  const { properties, logicalId, name } = resource;
  properties.checkKeys(resource.type, {
    emulated: ['Name'],
    inert: ['Description', 'Tags', 'KmsKeyIdentifier', 'Policy', 'LogConfig'],
    unsupported: { EventSourceName: 'The runtime does not emulate partner event sources.' },
  });
  properties.requireKey('Name');
  return { logicalId, name, arn: resource.getAttribute('Arn') ?? '' };
}

/**
 * Creates the model of an AWS::Events::Rule, declared or generated for an EventBridgeRule event.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html
 */
export function createRuleModel(resource: StackResource, stack: Stack): RuleModel {
  const { properties } = resource;
  properties.checkKeys(resource.type, {
    emulated: ['Name', 'EventBusName', 'EventPattern', 'State', 'Targets'],
    inert: ['Description', 'RoleArn', 'Tags'],
    unsupported: { ScheduleExpression: 'The runtime does not emulate schedules.' },
  });
  const pattern = properties.requireMap('EventPattern');
  const targets = properties.getMaps('Targets').map((target) => createTargetModel(target, stack));
  const duplicate = targets.find(({ id }, index) =>
    targets.some((other, at) => at < index && other.id === id),
  );
  if (duplicate) {
    properties.addProblem(
      `Two targets have the Id ${duplicate.id}. Ids must be unique in a rule.`,
      'Targets',
    );
  }
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.getAttribute('Arn') ?? '',
    eventBusName: readBusName(properties, stack),
    pattern: Object.fromEntries(pattern.keys.map((key) => [key, pattern.getValue(key)])),
    enabled: properties.getEnum('State', ['ENABLED', 'DISABLED']) !== 'DISABLED',
    targets,
  };
}

function readBusName(properties: PropertyMap, stack: Stack): string {
  const name = parseBusName(properties.getString('EventBusName'));
  const names = stack.listResources().flatMap((other) => (other.type === EVENT_BUS ? [other.name] : []));
  if (name !== 'default' && !names.includes(name)) {
    properties.addProblem(`The template does not declare the event bus ${name}`, 'EventBusName');
  }
  return name;
}

const NO_TRANSFORM = 'The runtime sends the whole event to targets.';

function createTargetModel(target: PropertyMap, stack: Stack): TargetModel {
  target.checkKeys('a rule target', {
    emulated: ['Id', 'Arn', 'RetryPolicy', 'DeadLetterConfig'],
    inert: ['RoleArn'],
    unsupported: { Input: NO_TRANSFORM, InputPath: NO_TRANSFORM, InputTransformer: NO_TRANSFORM },
  });
  const retry = target.getMap('RetryPolicy');
  retry?.checkKeys('RetryPolicy', { emulated: ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts'] });
  const deadLetters = target.getMap('DeadLetterConfig');
  deadLetters?.checkKeys('DeadLetterConfig', { emulated: ['Arn'] });
  const deadLetterArn = deadLetters && requireArn(deadLetters, 'Arn', [QUEUE], stack);
  return {
    id: target.requireString('Id'),
    arn: requireArn(target, 'Arn', [FUNCTION, STATE_MACHINE, QUEUE], stack),
    maximumEventAgeSeconds: retry?.getInteger('MaximumEventAgeInSeconds', 60, 86_400) ?? 86_400,
    maximumRetryAttempts: retry?.getInteger('MaximumRetryAttempts', 0, 185) ?? 185,
    ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
  };
}

/** Returns an ARN. Reports an ARN that is not of a resource of the template with one of the given types. */
export function requireArn(
  properties: PropertyMap,
  key: string,
  types: readonly string[],
  stack: Stack,
): string {
  properties.requireKey(key);
  const arn = properties.getString(key);
  if (arn !== undefined && !types.includes(stack.findByArn(arn)?.type ?? '')) {
    properties.addProblem(`must be the ARN of an ${types.join(' or ')} of the template, but is ${arn}`, key);
  }
  return arn ?? '';
}
