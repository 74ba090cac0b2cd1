import { createRoleModel } from '../iam/role-template';
import { checkExpression } from '../schedule-expressions/check-expression';
import type { PropertyMap } from '../template/property-map';
import { requireArn } from '../template/require-arn';
import {
  createArnGetter,
  EVENT_BUS,
  FUNCTIONS,
  getName,
  type NamedResource,
  QUEUE,
  RULE,
  STATE_MACHINES,
} from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { expandRule } from './expand-rule';
import type { EventBusModel, RuleModel, TargetInputModel, TargetModel } from './model';
import { compileTargetInput } from './target-input';

/** Reads event buses and rules. */
export const eventBridgeTemplate: ServiceTemplate<{
  readonly eventBuses: readonly EventBusModel[];
  readonly rules: readonly RuleModel[];
}> = {
  types: {
    [EVENT_BUS]: {
      nameProperty: 'Name',
      maxNameLength: 256,
      ref: getName,
      attributes: { Arn: createArnGetter('events', 'event-bus/'), Name: getName },
    },
    [RULE]: {
      nameProperty: 'Name',
      maxNameLength: 64,
      ref: (rule) => (getBusName(rule) === 'default' ? rule.name : `${getBusName(rule)}|${rule.name}`),
      attributes: {
        Arn: (rule) => {
          const path = getBusName(rule) === 'default' ? rule.name : `${getBusName(rule)}/${rule.name}`;
          return rule.deployment.formatArn('events', `rule/${path}`);
        },
        RuleName: getName,
      },
    },
  },
  // CloudWatchEvent is the previous name of EventBridgeRule.
  events: { EventBridgeRule: expandRule, CloudWatchEvent: expandRule },
  createModels: (stack) => ({
    eventBuses: stack.listResourcesOf(EVENT_BUS).map(createEventBusModel),
    rules: stack.listResourcesOf(RULE).map((rule) => createRuleModel(rule, stack)),
  }),
};

function getBusName(rule: NamedResource): string {
  return parseBusName(rule.getProperty('EventBusName'));
}

/** Returns the name of an event bus from its name or ARN. Without a value, returns `default`. */
function parseBusName(nameOrArn: string | undefined): string {
  return nameOrArn?.replace(/^arn:.*:event-bus\//, '') ?? 'default';
}

/**
 * Creates the model of an AWS::Events::EventBus.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbus.html
 */
function createEventBusModel(resource: StackResource): EventBusModel {
  const { properties, logicalId, name } = resource;
  properties.checkKeys(resource.type, {
    emulated: ['Name'],
    inert: ['Description', 'Tags', 'KmsKeyIdentifier', 'LogConfig', 'DeadLetterConfig'],
    security: { Policy: 'The policy of the event bus is not evaluated.' },
    unsupported: { EventSourceName: 'The runtime does not emulate partner event sources.' },
  });
  properties.requireKey('Name');
  return { logicalId, name, arn: resource.getAttribute('Arn') ?? '' };
}

/**
 * Creates the model of an AWS::Events::Rule. The template declares the rule, or an EventBridgeRule event generates it.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-rule.html
 */
function createRuleModel(resource: StackResource, stack: Stack): RuleModel {
  const { properties } = resource;
  properties.checkKeys(resource.type, {
    emulated: ['Name', 'EventBusName', 'EventPattern', 'ScheduleExpression', 'State', 'Targets'],
    inert: ['Description', 'RoleArn', 'Tags'],
  });
  const schedule = properties.getString('ScheduleExpression');
  if (schedule !== undefined) checkRuleSchedule(properties, schedule);
  const pattern =
    schedule === undefined ? properties.requireMap('EventPattern') : properties.getMap('EventPattern');
  const declared = properties.getMaps('Targets');
  const targets = declared.flatMap((target) => createTargetModel(target, resource, stack) ?? []);
  const ids = declared.map((target) => target.getString('Id'));
  const duplicate = ids.find((id, index) => ids.indexOf(id) < index);
  if (duplicate !== undefined) {
    properties.addProblem(`Two targets have the Id ${duplicate}. Ids must be unique in a rule.`, 'Targets');
  }
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.getAttribute('Arn') ?? '',
    eventBusName: readBusName(properties, stack),
    ...(pattern && {
      pattern: Object.fromEntries(pattern.keys.map((key) => [key, pattern.getValue(key)])),
    }),
    ...(schedule === undefined ? {} : { schedule }),
    enabled: properties.getEnum('State', ['ENABLED', 'DISABLED']) !== 'DISABLED',
    targets,
  };
}

/**
 * Reports schedules that EventBridge rejects. Rules do not support `at` expressions, and scheduled rules require the default
 * event bus: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
 */
function checkRuleSchedule(properties: PropertyMap, schedule: string): void {
  const isValid = checkExpression(properties, schedule.replace(/^at\(/, 'invalid('));
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rate-expressions.html
  if (isValid && /^\s*rate\(\s*(?:0*1 \w+s|(?!0*1 )\d+ \w+[^s])\s*\)/.test(schedule))
    properties.addProblem(
      `Invalid Schedule Expression ${schedule}. The unit is singular for 1 only.`,
      'ScheduleExpression',
    );
  if (parseBusName(properties.getString('EventBusName')) !== 'default')
    properties.addProblem('ScheduleExpression is supported only on the default event bus.', 'EventBusName');
}

function readBusName(properties: PropertyMap, stack: Stack): string {
  const name = parseBusName(properties.getString('EventBusName'));
  const names = stack.listResourcesOf(EVENT_BUS).map((bus) => bus.name);
  if (name !== 'default' && !names.includes(name)) {
    properties.report('unsupported', `The template does not declare the event bus ${name}`, 'EventBusName');
  }
  return name;
}

function createTargetModel(target: PropertyMap, rule: StackResource, stack: Stack): TargetModel | undefined {
  target.checkKeys('a rule target', {
    emulated: [...['Id', 'Arn', 'RetryPolicy', 'DeadLetterConfig', 'RoleArn'], ...INPUT_KEYS],
  });
  const retry = target.getMap('RetryPolicy');
  retry?.checkKeys('RetryPolicy', { emulated: ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts'] });
  const deadLetters = target.getMap('DeadLetterConfig');
  deadLetters?.checkKeys('DeadLetterConfig', { emulated: ['Arn'] });
  const deadLetterArn = deadLetters && requireArn(deadLetters, 'Arn', [QUEUE], stack);
  const id = target.requireString('Id');
  const arn = requireArn(target, 'Arn', [...FUNCTIONS, ...STATE_MACHINES, QUEUE, EVENT_BUS], stack);
  const input = createTargetInput(target);
  if (arn === undefined) return undefined;
  const role = /^arn:[^:]+:(?:states|events):/.test(arn)
    ? createTargetRole(arn, target, rule, stack)
    : undefined;
  return {
    id,
    arn,
    ...(input ? { input } : {}),
    ...(role ? { role } : {}),
    maximumEventAgeSeconds: retry?.getInteger('MaximumEventAgeInSeconds', 60, 86_400) ?? 86_400,
    maximumRetryAttempts: retry?.getInteger('MaximumRetryAttempts', 0, 185) ?? 185,
    ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
  };
}

const INPUT_KEYS = ['Input', 'InputPath', 'InputTransformer'] as const;

/** Returns the input of a target, or undefined if the target has no input. Reports an input that AWS rejects. */
function createTargetInput(target: PropertyMap): TargetInputModel | undefined {
  const [key, ...more] = INPUT_KEYS.filter((name) => target.has(name));
  if (key === undefined) return undefined;
  if (more.length > 0) {
    target.addProblem('Only one of Input, InputPath, or InputTransformer must be provided for a target', key);
  }
  const input = readTargetInput(target, key);
  try {
    compileTargetInput(input);
    return input;
  } catch (error) {
    target.addProblem((error as Error).message, key);
    return undefined;
  }
}

function readTargetInput(target: PropertyMap, key: (typeof INPUT_KEYS)[number]): TargetInputModel {
  if (key === 'Input') return { kind: 'constant', text: target.getString(key) ?? '{}' };
  if (key === 'InputPath') return { kind: 'path', path: target.getString(key) ?? '$' };
  const transformer = target.requireMap(key);
  transformer.checkKeys(key, { emulated: ['InputPathsMap', 'InputTemplate'] });
  const map = transformer.getMap('InputPathsMap');
  const paths = Object.fromEntries((map?.keys ?? []).map((name) => [name, map?.getString(name) ?? '$']));
  return { kind: 'transformer', paths, template: transformer.requireString('InputTemplate') };
}

/**
 * Returns the role of a target that is a state machine or an event bus. Functions and queues have resource policies instead.
 * The error message is PutTargets' message: https://github.com/hashicorp/terraform-provider-aws/pull/19913
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html
 */
function createTargetRole(
  targetArn: string,
  properties: PropertyMap,
  { logicalId, deployment }: StackResource,
  stack: Stack,
): TargetModel['role'] {
  if (!properties.has('RoleArn')) {
    properties.addProblem(`RoleArn is required for target ${targetArn}.`);
    return undefined;
  }
  const role = createRoleModel({ logicalId, deployment, properties }, 'RoleArn', stack);
  return { ...role, arn: properties.getString('RoleArn') ?? '' };
}
