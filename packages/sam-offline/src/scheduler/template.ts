import { createRoleModel } from '../iam/role-template';
import { checkExpression } from '../schedule-expressions/check-expression';
import { isTimeZone } from '../schedule-expressions/expression';
import type { PropertyMap } from '../template/property-map';
import { requireArn } from '../template/require-arn';
import {
  createArnGetter,
  EVENT_BUS,
  FUNCTIONS,
  getName,
  type NamedResource,
  QUEUE,
  SCHEDULE,
  SCHEDULE_GROUP,
  STATE_MACHINES,
} from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { expandRuleSchedule, expandSchedule } from './expand-schedule';
import type { ScheduleModel } from './model';

function getScheduleArn(schedule: NamedResource): string {
  const group = schedule.getProperty('GroupName') ?? 'default';
  return schedule.deployment.formatArn('scheduler', `schedule/${group}/${schedule.name}`);
}

/** Reads the schedules of EventBridge Scheduler. */
export const schedulerTemplate: ServiceTemplate<{ readonly schedules: readonly ScheduleModel[] }> = {
  types: {
    [SCHEDULE]: {
      nameProperty: 'Name',
      maxNameLength: 64,
      ref: getName,
      attributes: { Arn: getScheduleArn },
    },
    [SCHEDULE_GROUP]: {
      nameProperty: 'Name',
      maxNameLength: 64,
      ref: getName,
      attributes: { Arn: createArnGetter('scheduler', 'schedule-group/') },
    },
  },
  events: { Schedule: expandRuleSchedule, ScheduleV2: expandSchedule },
  createModels: (stack) => ({
    schedules: stack
      .listResourcesOf(SCHEDULE)
      .flatMap((schedule) => createScheduleModel(schedule, stack) ?? []),
  }),
};

/**
 * Creates the model of an AWS::Scheduler::Schedule. If the runtime does not emulate the target, marks the resource as
 * unsupported and returns undefined.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html
 */
function createScheduleModel(resource: StackResource, stack: Stack): ScheduleModel | undefined {
  const { properties } = resource;
  properties.checkKeys(resource.type, {
    emulated: [
      ...['Name', 'GroupName', 'State', 'ScheduleExpression', 'ScheduleExpressionTimezone', 'Target'],
      ...['StartDate', 'EndDate', 'FlexibleTimeWindow'],
    ],
    inert: ['Description', 'KmsKeyArn', 'ActionAfterCompletion'],
  });
  checkWindow(properties.requireMap('FlexibleTimeWindow'));
  const expression = properties.requireString('ScheduleExpression');
  const timeZone = properties.getString('ScheduleExpressionTimezone') ?? 'UTC';
  if (!isTimeZone(timeZone)) {
    properties.addProblem(
      `${timeZone} is not a time zone of the IANA database`,
      'ScheduleExpressionTimezone',
    );
    return undefined;
  }
  if (!checkExpression(properties, expression, timeZone)) return undefined;
  const target = properties.requireMap('Target');
  const targetModel = createTarget(target, resource, stack);
  if (!targetModel) return undefined;
  const { logicalId, deployment } = resource;
  const startAt = readDate(properties, 'StartDate');
  const endAt = readDate(properties, 'EndDate');
  target.requireKey('RoleArn');
  return {
    logicalId,
    name: resource.name,
    arn: getScheduleArn(resource),
    expression,
    timeZone,
    enabled: properties.getEnum('State', ['ENABLED', 'DISABLED']) !== 'DISABLED',
    role: {
      ...createRoleModel({ logicalId, deployment, properties: target }, 'RoleArn', stack),
      arn: target.getString('RoleArn') ?? '',
    },
    target: targetModel,
    ...(startAt === undefined ? {} : { startAt }),
    ...(endAt === undefined ? {} : { endAt }),
  };
}

/** Checks a FlexibleTimeWindow. The runtime starts the target at the beginning of the window. */
function checkWindow(window: PropertyMap): void {
  window.checkKeys('FlexibleTimeWindow', { emulated: ['Mode'], inert: ['MaximumWindowInMinutes'] });
  window.requireKey('Mode');
  window.getEnum('Mode', ['OFF', 'FLEXIBLE']);
}

function readDate(properties: PropertyMap, key: string): number | undefined {
  const text = properties.getString(key);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  properties.addProblem(`must be a time such as 2026-11-20T13:00:00Z, but is ${text}`, key);
  return undefined;
}

const NOT_EMULATED = 'The target does not receive it.';

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html */
function createTarget(
  target: PropertyMap,
  schedule: StackResource,
  stack: Stack,
): ScheduleModel['target'] | undefined {
  target.checkKeys('the target of a schedule', {
    emulated: [
      ...['Arn', 'RoleArn', 'Input', 'RetryPolicy', 'DeadLetterConfig'],
      ...['EventBridgeParameters', 'SqsParameters'],
    ],
    unsupported: {
      EcsParameters: NOT_EMULATED,
      KinesisParameters: NOT_EMULATED,
      SageMakerPipelineParameters: NOT_EMULATED,
    },
  });
  const arn = target.requireString('Arn');
  const found = stack.findByArn(arn);
  if (!found || ![...FUNCTIONS, ...STATE_MACHINES, QUEUE, EVENT_BUS].includes(found.type)) {
    schedule.markUnsupported(`The schedule never starts, because its target ${arn} is not emulated.`);
    return undefined;
  }
  const retry = target.getMap('RetryPolicy');
  const deadLetters = target.getMap('DeadLetterConfig');
  const deadLetterArn = deadLetters && requireArn(deadLetters, 'Arn', [QUEUE], stack);
  const event = target.getMap('EventBridgeParameters');
  const messageGroupId = target.getMap('SqsParameters')?.getString('MessageGroupId');
  const input = target.getString('Input');
  return {
    arn: found.getAttribute('Arn') ?? arn,
    maximumEventAgeSeconds: retry?.getInteger('MaximumEventAgeInSeconds', 60, 86_400) ?? 86_400,
    maximumRetryAttempts: retry?.getInteger('MaximumRetryAttempts', 0, 185) ?? 185,
    ...(input === undefined ? {} : { input }),
    ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
    ...(messageGroupId === undefined ? {} : { messageGroupId }),
    ...(event && {
      event: { source: event.requireString('Source'), detailType: event.requireString('DetailType') },
    }),
  };
}
