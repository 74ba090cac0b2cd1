import type { ExpandEvent } from '../template/catalog';
import { PropertyMap } from '../template/property-map';
import { FUNCTION, PERMISSION, ROLE, RULE, SCHEDULE } from '../template/resource-types';
import { createGeneratedResource, type Resource } from '../template/stack/resource';
import {
  createList,
  createMap,
  createScalar,
  getMember,
  getText,
  type Node,
  type SourceLocation,
} from '../template/yaml/node';

const SHARED_KEYS = ['Description', 'Input', 'Name', 'RetryPolicy', 'State', 'DeadLetterConfig'];

/**
 * Creates the rule and the permission for a Schedule event.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedule.html
 */
export const expandRuleSchedule: ExpandEvent = (parent, eventName, event, problems) => {
  const { location } = event;
  const properties = getMember(event, 'Properties') ?? createMap(location, {});
  const declared = new PropertyMap(properties, problems);
  declared.checkKeys('a Schedule event', {
    emulated: [...SHARED_KEYS, 'Schedule', 'Enabled', 'RoleArn', 'Target'],
  });
  declared.requireKey('Schedule');
  if (!declared.has('Schedule')) return [];
  const get = (key: string) => getMember(properties, key);
  const logicalId = `${parent.logicalId}${eventName}`;
  const isFunction = parent.type === FUNCTION;
  const roleId = `${logicalId}Role`;
  const target = createMap(location, {
    Arn: getTargetArn(parent, location),
    Id: createScalar(location, `${logicalId.slice(0, 50)}Target`),
    Input: get('Input'),
    RetryPolicy: get('RetryPolicy'),
    DeadLetterConfig: get('DeadLetterConfig'),
    RoleArn: isFunction ? undefined : (get('RoleArn') ?? createGetAtt(location, roleId, 'Arn')),
  });
  const enabled = get('Enabled');
  const rule = createMap(location, {
    ScheduleExpression: get('Schedule'),
    Name: get('Name'),
    State:
      get('State') ??
      (enabled && createScalar(enabled.location, getText(enabled) === 'false' ? 'DISABLED' : 'ENABLED')),
    Targets: createList(location, [target]),
  });
  return [
    createGeneratedResource(parent, logicalId, RULE, rule),
    ...(isFunction ? [createGeneratedResource(parent, `${logicalId}Permission`, PERMISSION)] : []),
    ...(isFunction || get('RoleArn') ? [] : [createRole(parent, roleId, location)]),
  ];
};

const SCHEDULE_KEYS = ['GroupName', 'ScheduleExpressionTimezone', 'StartDate', 'EndDate', 'KmsKeyArn'];

/**
 * Creates the schedule and its role for a ScheduleV2 event.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-schedulev2.html
 */
export const expandSchedule: ExpandEvent = (parent, eventName, event, problems) => {
  const { location } = event;
  const properties = getMember(event, 'Properties') ?? createMap(location, {});
  new PropertyMap(properties, problems).checkKeys('a ScheduleV2 event', {
    emulated: [
      ...SHARED_KEYS,
      ...SCHEDULE_KEYS,
      ...['ScheduleExpression', 'FlexibleTimeWindow', 'RoleArn', 'OmitName'],
    ],
    inert: ['PermissionsBoundary'],
  });
  const get = (key: string) => getMember(properties, key);
  const logicalId = `${parent.logicalId}${eventName}`;
  const roleId = `${logicalId}Role`;
  const schedule = createMap(location, {
    ...Object.fromEntries(SCHEDULE_KEYS.map((key) => [key, get(key)])),
    ScheduleExpression: get('ScheduleExpression'),
    FlexibleTimeWindow:
      get('FlexibleTimeWindow') ?? createMap(location, { Mode: createScalar(location, 'OFF') }),
    // SAM uses the logical ID as the default name.
    Name:
      get('Name') ?? (getText(get('OmitName')) === 'true' ? undefined : createScalar(location, logicalId)),
    State: get('State'),
    Target: createMap(location, {
      Arn: getTargetArn(parent, location),
      RoleArn: get('RoleArn') ?? createGetAtt(location, roleId, 'Arn'),
      Input: get('Input'),
      RetryPolicy: get('RetryPolicy'),
      DeadLetterConfig: get('DeadLetterConfig'),
    }),
  });
  return [
    createGeneratedResource(parent, logicalId, SCHEDULE, schedule),
    ...(get('RoleArn') ? [] : [createRole(parent, roleId, location)]),
  ];
};

/** Returns an intrinsic function for the target's ARN. `Ref` returns the ARN of a state machine, but not of a function. */
function getTargetArn({ type, logicalId }: Resource, location: SourceLocation): Node {
  return type === FUNCTION
    ? createGetAtt(location, logicalId, 'Arn')
    : createMap(location, { Ref: createScalar(location, logicalId) });
}

/** Creates the role that allows a schedule to start its target. */
function createRole(parent: Resource, roleId: string, location: SourceLocation): Resource {
  const action = parent.type === FUNCTION ? 'lambda:InvokeFunction' : 'states:StartExecution';
  const statement = createMap(location, {
    Effect: createScalar(location, 'Allow'),
    Action: createScalar(location, action),
    Resource: getTargetArn(parent, location),
  });
  const policy = createMap(location, {
    PolicyDocument: createMap(location, { Statement: createList(location, [statement]) }),
  });
  return createGeneratedResource(
    parent,
    roleId,
    ROLE,
    createMap(location, { Policies: createList(location, [policy]) }),
  );
}

function createGetAtt(location: SourceLocation, logicalId: string, attribute: string): Node {
  return createMap(location, {
    'Fn::GetAtt': createList(location, [
      createScalar(location, logicalId),
      createScalar(location, attribute),
    ]),
  });
}
