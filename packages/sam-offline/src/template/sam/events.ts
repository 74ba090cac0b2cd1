import type { Problems } from '../problems';
import { FUNCTION, QUEUE, RULE } from '../resources/resource-types';
import { Section } from '../section';
import { generated, type Resource } from '../stack/resource';
import {
  intrinsic,
  list,
  type MapNode,
  map,
  member,
  type Node,
  type Place,
  scalar,
  text,
} from '../yaml/node';
import { expandHttpEvent } from './http-events';

const EVENT_MEMBERS = [
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

/** What SAM makes of the Events of a function or a state machine: rules with a queue and permission, routes. */
export function expandEvents(parent: Resource, problems: Problems): Resource[] {
  const declared = member(parent.properties, 'Events');
  if (!declared) return [];
  if (declared.kind !== 'map' || intrinsic(declared)) {
    problems.add(declared.place, 'SAM takes a map of events');
    return [];
  }
  return [...declared.entries].flatMap(([name, event]) => {
    const type = text(member(event, 'Type'));
    // CloudWatchEvent is the older name of the same event.
    if (type === 'EventBridgeRule' || type === 'CloudWatchEvent') return rule(parent, name, event, problems);
    if (type === 'HttpApi' && parent.type === FUNCTION) return expandHttpEvent(parent, name, event, problems);
    problems.add(
      event.place,
      `events of type ${type ?? '(missing)'} are not supported, only EventBridgeRule and, of functions, HttpApi`,
    );
    return [];
  });
}

function rule(parent: Resource, eventName: string, event: Node, problems: Problems): Resource[] {
  const logicalId = `${parent.logicalId}${eventName}`;
  const { place } = event;
  const isFunction = parent.type === FUNCTION;
  const properties = member(event, 'Properties') ?? map(place, {});
  new Section(properties, problems).allow('an EventBridgeRule event', {
    implemented: [...EVENT_MEMBERS, ...TARGET_INPUTS],
  });
  const suffix = isFunction ? 'LambdaTarget' : 'StepFunctionsTarget';
  const deadLetters = deadLetterQueue(parent, logicalId, member(properties, 'DeadLetterConfig'), problems);
  const target = map(place, {
    Arn: getAtt(place, parent.logicalId, 'Arn'),
    Id:
      member(member(properties, 'Target'), 'Id') ??
      scalar(place, logicalId.slice(0, 64 - suffix.length) + suffix),
    RetryPolicy: member(properties, 'RetryPolicy'),
    DeadLetterConfig: deadLetters.config,
    ...Object.fromEntries(TARGET_INPUTS.map((key) => [key, member(properties, key)])),
  });
  const ruleProperties = map(place, {
    EventBusName: member(properties, 'EventBusName'),
    EventPattern: member(properties, 'Pattern'),
    Name: member(properties, 'RuleName'),
    State: member(properties, 'State') ?? stateOf(member(properties, 'Enabled')),
    Targets: list(place, [target]),
  });
  const companion = isFunction ? 'AWS::Lambda::Permission' : 'AWS::IAM::Role';
  return [
    generated(parent, logicalId, RULE, ruleProperties),
    generated(parent, `${logicalId}${isFunction ? 'Permission' : 'Role'}`, companion),
    ...deadLetters.resources,
  ];
}

function stateOf(enabled: Node | undefined): Node | undefined {
  return enabled && scalar(enabled.place, text(enabled) === 'false' ? 'DISABLED' : 'ENABLED');
}

/** `Arn` names a queue; `Type: SQS` makes SAM create one, named by QueueLogicalId or after the rule. */
function deadLetterQueue(parent: Resource, ruleId: string, config: Node | undefined, problems: Problems) {
  const type = member(config, 'Type');
  if (!config || !type) return { config, resources: [] };
  new Section(config, problems).allow('DeadLetterConfig', { implemented: ['Type', 'QueueLogicalId'] });
  if (text(type) !== 'SQS') problems.add(type.place, 'the Type of a DeadLetterConfig must be SQS');
  const queueId = text(member(config, 'QueueLogicalId')) ?? `${ruleId}Queue`;
  return {
    config: map(config.place, { Arn: getAtt(config.place, queueId, 'Arn') }),
    resources: [
      generated(parent, queueId, QUEUE, map(config.place, {})),
      generated(parent, `${ruleId}QueuePolicy`, 'AWS::SQS::QueuePolicy'),
    ],
  };
}

function getAtt(place: Place, logicalId: string, attribute: string): MapNode {
  return map(place, { 'Fn::GetAtt': list(place, [scalar(place, logicalId), scalar(place, attribute)]) });
}
