import { type CallContext, type Service, UnsupportedError } from '../core/service';
import type { ScheduleModel } from '../scheduler/model';

/** The services of one runtime, by the names that faults and protocols use. */
export interface Services {
  readonly dynamodb: Service;
  readonly dynamodbstreams: Service;
  readonly events: Service;
  readonly lambda: Service;
  readonly secretsmanager: Service;
  readonly sqs: Service;
  readonly ssm: Service;
  readonly states: Service;
}

/** @throws Error if the runtime does not emulate the service */
export function findService(services: Services, name: string): Service {
  if (Object.hasOwn(services, name)) return services[name as keyof Services];
  throw new Error(`The runtime does not have the service ${name}.`);
}

/** Delivers an event to a target of an EventBridge rule: a function, a state machine or a queue. */
export async function deliverEvent(
  services: Services,
  targetArn: string,
  input: unknown,
  context: CallContext,
): Promise<void> {
  const { service, name } = parseArn(targetArn);
  switch (service) {
    case 'lambda':
      await services.lambda.call(
        'Invoke',
        { FunctionName: targetArn, InvocationType: 'Event', Payload: input },
        context,
      );
      return;
    case 'states':
      await services.states.call(
        'StartExecution',
        { stateMachineArn: targetArn, input: JSON.stringify(input) },
        context,
      );
      return;
    case 'sqs':
      await services.sqs.call('SendMessage', { QueueUrl: name, MessageBody: JSON.stringify(input) }, context);
      return;
    default:
      throw new UnsupportedError(`EventBridge: targets of type ${service} are not supported (${targetArn}).`);
  }
}

/** Delivers the payload of a schedule to its target: a function, a state machine, a queue or an event bus. */
export async function deliverScheduled(
  services: Services,
  { target }: ScheduleModel,
  payload: string,
  context: CallContext,
): Promise<void> {
  const { service, name } = parseArn(target.arn);
  switch (service) {
    case 'lambda': {
      const input = { FunctionName: target.arn, InvocationType: 'Event', Payload: parseJson(payload) };
      await services.lambda.call('Invoke', input, context);
      return;
    }
    case 'states':
      await services.states.call('StartExecution', { stateMachineArn: target.arn, input: payload }, context);
      return;
    case 'sqs': {
      const group = target.messageGroupId === undefined ? {} : { MessageGroupId: target.messageGroupId };
      await services.sqs.call('SendMessage', { QueueUrl: name, MessageBody: payload, ...group }, context);
      return;
    }
    case 'events': {
      const { source: Source, detailType: DetailType } = target.event ?? {};
      const entry = { EventBusName: target.arn, Source, DetailType, Detail: payload };
      await services.events.call('PutEvents', { Entries: [entry] }, context);
      return;
    }
    default:
      throw new UnsupportedError(`EventBridge Scheduler: targets of type ${service} are not supported.`);
  }
}

/** Parses JSON. Returns other text unchanged. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Sends an undeliverable event to a dead-letter queue, with message attributes that describe the error. */
export async function sendDeadLetter(
  services: Services,
  queueArn: string,
  body: string,
  attributes: Record<string, string>,
  context: CallContext,
): Promise<void> {
  const MessageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, { DataType: 'String', StringValue: value }]),
  );
  const { name } = parseArn(queueArn);
  await services.sqs.call('SendMessage', { QueueUrl: name, MessageBody: body, MessageAttributes }, context);
}

/** Sends the record of a failed asynchronous invocation to its on-failure destination, which is a queue. */
export async function sendInvocationRecord(
  services: Services,
  queueArn: string,
  record: string,
  context: CallContext,
): Promise<void> {
  const { name } = parseArn(queueArn);
  await services.sqs.call('SendMessage', { QueueUrl: name, MessageBody: record }, context);
}

/** Parses `arn:partition:service:region:account:resource`. `name` is the last part of the resource. */
function parseArn(arn: string): { service: string; name: string } {
  const [, , service = '', , , ...resource] = arn.split(':');
  return { service, name: resource.at(-1) ?? '' };
}
