import type { EventBusModel, RuleModel, TargetModel } from '../../core/model';
import type { Section } from '../section';
import type { Stack } from '../stack/stack';
import type { StackResource } from '../stack/stack-resource';
import { busName, EVENT_BUS, FUNCTION, QUEUE, STATE_MACHINE } from './resource-types';

/**
 * AWS::Events::EventBus.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html
 */
export function eventBusModel(resource: StackResource): EventBusModel {
  const { properties, logicalId, name } = resource;
  properties.allow(resource.type, {
    implemented: ['Name'],
    inert: ['Description', 'Tags', 'KmsKeyIdentifier', 'Policy', 'LogConfig'],
    refused: { EventSourceName: 'there are no partner event sources here' },
  });
  properties.require('Name');
  return { logicalId, name, arn: resource.attribute('Arn') ?? '' };
}

/**
 * AWS::Events::Rule, also the one SAM makes of an EventBridgeRule event.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html
 */
export function ruleModel(resource: StackResource, stack: Stack): RuleModel {
  const { properties } = resource;
  properties.allow(resource.type, {
    implemented: ['Name', 'EventBusName', 'EventPattern', 'State', 'Targets'],
    inert: ['Description', 'RoleArn', 'Tags'],
    refused: { ScheduleExpression: 'schedules are not available here' },
  });
  const pattern = properties.requiredSection('EventPattern');
  const targets = properties.sections('Targets').map((target) => targetModel(target, stack));
  const repeated = targets.find(({ id }, index) =>
    targets.some((other, at) => at < index && other.id === id),
  );
  if (repeated) properties.problem(`two targets have the Id ${repeated.id}`, 'Targets');
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.attribute('Arn') ?? '',
    eventBusName: bus(properties, stack),
    pattern: Object.fromEntries(pattern.keys.map((key) => [key, pattern.plain(key)])),
    enabled: properties.oneOf('State', ['ENABLED', 'DISABLED']) !== 'DISABLED',
    targets,
  };
}

function bus(properties: Section, stack: Stack): string {
  const name = busName(properties.string('EventBusName'));
  const names = stack.existing().flatMap((other) => (other.type === EVENT_BUS ? [other.name] : []));
  if (name !== 'default' && !names.includes(name)) {
    properties.problem(`there is no event bus ${name} in the template`, 'EventBusName');
  }
  return name;
}

const NO_TRANSFORM = 'targets get the whole event here';

function targetModel(target: Section, stack: Stack): TargetModel {
  target.allow('a target', {
    implemented: ['Id', 'Arn', 'RetryPolicy', 'DeadLetterConfig'],
    inert: ['RoleArn'],
    refused: { Input: NO_TRANSFORM, InputPath: NO_TRANSFORM, InputTransformer: NO_TRANSFORM },
  });
  const retry = target.section('RetryPolicy');
  retry?.allow('RetryPolicy', { implemented: ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts'] });
  const deadLetters = target.section('DeadLetterConfig');
  deadLetters?.allow('DeadLetterConfig', { implemented: ['Arn'] });
  const deadLetterArn = deadLetters && requiredArn(deadLetters, 'Arn', [QUEUE], stack);
  return {
    id: target.requiredString('Id'),
    arn: requiredArn(target, 'Arn', [FUNCTION, STATE_MACHINE, QUEUE], stack),
    maximumEventAgeSeconds: retry?.integer('MaximumEventAgeInSeconds', 60, 86_400) ?? 86_400,
    maximumRetryAttempts: retry?.integer('MaximumRetryAttempts', 0, 185) ?? 185,
    ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
  };
}

/** The ARN of a resource of the template that has one of these types. */
export function requiredArn(section: Section, key: string, types: readonly string[], stack: Stack): string {
  section.require(key);
  const arn = section.string(key);
  if (arn !== undefined && !types.includes(stack.findByArn(arn)?.type ?? '')) {
    section.problem(`must be the ARN of ${types.join(' or ')} of this template, but is ${arn}`, key);
  }
  return arn ?? '';
}
