import type { Problems } from '../template/problems';
import { PropertyMap } from '../template/property-map';
import { FUNCTION, PERMISSION, QUEUE, ROLE, RULE } from '../template/resource-types';
import { createGeneratedResource, type Resource } from '../template/stack/resource';
import {
  createList,
  createMap,
  createScalar,
  getMember,
  getText,
  type MapNode,
  type Node,
  type SourceLocation,
} from '../template/yaml/node';

const EVENT_KEYS = [
  'Pattern',
  'EventBusName',
  'RuleName',
  'State',
  'Enabled',
  'DeadLetterConfig',
  'RetryPolicy',
  'Target',
];
const TARGET_INPUTS = ['Input', 'InputPath', 'InputTransformer'];

/**
 * Creates the rule, the permission and the queue for an EventBridgeRule event.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventbridgerule.html
 */
export function expandRule(parent: Resource, eventName: string, event: Node, problems: Problems): Resource[] {
  const logicalId = `${parent.logicalId}${eventName}`;
  const { location } = event;
  const isFunction = parent.type === FUNCTION;
  const properties = getMember(event, 'Properties') ?? createMap(location, {});
  new PropertyMap(properties, problems).checkKeys('an EventBridgeRule event', {
    emulated: [...EVENT_KEYS, ...TARGET_INPUTS],
  });
  const suffix = isFunction ? 'LambdaTarget' : 'StepFunctionsTarget';
  const deadLetters = expandDeadLetterQueue(
    parent,
    logicalId,
    getMember(properties, 'DeadLetterConfig'),
    problems,
  );
  const target = createMap(location, {
    Arn: createGetAtt(location, parent.logicalId, 'Arn'),
    Id:
      getMember(getMember(properties, 'Target'), 'Id') ??
      createScalar(location, logicalId.slice(0, 64 - suffix.length) + suffix),
    RetryPolicy: getMember(properties, 'RetryPolicy'),
    DeadLetterConfig: deadLetters.config,
    RoleArn: isFunction ? undefined : createGetAtt(location, `${logicalId}Role`, 'Arn'),
    ...Object.fromEntries(TARGET_INPUTS.map((key) => [key, getMember(properties, key)])),
  });
  const ruleProperties = createMap(location, {
    EventBusName: getMember(properties, 'EventBusName'),
    EventPattern: getMember(properties, 'Pattern'),
    Name: getMember(properties, 'RuleName'),
    State: getMember(properties, 'State') ?? toState(getMember(properties, 'Enabled')),
    Targets: createList(location, [target]),
  });
  return [
    createGeneratedResource(parent, logicalId, RULE, ruleProperties),
    isFunction
      ? createGeneratedResource(parent, `${logicalId}Permission`, PERMISSION)
      : createGeneratedResource(parent, `${logicalId}Role`, ROLE, createRole(location, parent.logicalId)),
    ...deadLetters.resources,
  ];
}

/** Creates the properties of the role that EventBridge assumes to start executions of a state machine. */
function createRole(location: SourceLocation, machineId: string): MapNode {
  const statement = createMap(location, {
    Effect: createScalar(location, 'Allow'),
    Action: createScalar(location, 'states:StartExecution'),
    Resource: createMap(location, { Ref: createScalar(location, machineId) }),
  });
  const document = createMap(location, { Statement: createList(location, [statement]) });
  const policy = createMap(location, { PolicyDocument: document });
  return createMap(location, { Policies: createList(location, [policy]) });
}

function toState(enabled: Node | undefined): Node | undefined {
  return enabled && createScalar(enabled.location, getText(enabled) === 'false' ? 'DISABLED' : 'ENABLED');
}

/** Creates a queue if `Type` is `SQS`. If `Arn` is set, uses the existing queue with this ARN. */
function expandDeadLetterQueue(
  parent: Resource,
  ruleId: string,
  config: Node | undefined,
  problems: Problems,
) {
  const type = getMember(config, 'Type');
  if (!config || !type) return { config, resources: [] };
  new PropertyMap(config, problems).checkKeys('DeadLetterConfig', { emulated: ['Type', 'QueueLogicalId'] });
  if (getText(type) !== 'SQS') problems.add(type.location, 'must be SQS');
  const queueId = getText(getMember(config, 'QueueLogicalId')) ?? `${ruleId}Queue`;
  return {
    config: createMap(config.location, { Arn: createGetAtt(config.location, queueId, 'Arn') }),
    resources: [
      createGeneratedResource(parent, queueId, QUEUE, createMap(config.location, {})),
      createGeneratedResource(parent, `${ruleId}QueuePolicy`, 'AWS::SQS::QueuePolicy'),
    ],
  };
}

function createGetAtt(location: SourceLocation, logicalId: string, attribute: string): MapNode {
  return createMap(location, {
    'Fn::GetAtt': createList(location, [
      createScalar(location, logicalId),
      createScalar(location, attribute),
    ]),
  });
}
