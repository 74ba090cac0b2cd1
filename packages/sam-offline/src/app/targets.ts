import { type CallContext, type JsonObject, type Service, UnsupportedError } from '../core/service';

/** The services of one runtime, by the name that faults and protocols use. */
export interface Services {
  readonly dynamodb: Service;
  readonly events: Service;
  readonly lambda: Service;
  readonly secretsmanager: Service;
  readonly sqs: Service;
  readonly states: Service;
}

/** How EventBridge hands an event to a target: asynchronously to a function, as input to an execution, as a message. */
export async function deliverTo(
  services: Services,
  targetArn: string,
  event: JsonObject,
  context: CallContext,
): Promise<void> {
  const { service, name } = parseArn(targetArn);
  switch (service) {
    case 'lambda':
      await services.lambda.call(
        'Invoke',
        { FunctionName: targetArn, InvocationType: 'Event', Payload: event },
        context,
      );
      return;
    case 'states':
      await services.states.call(
        'StartExecution',
        { stateMachineArn: targetArn, input: JSON.stringify(event) },
        context,
      );
      return;
    case 'sqs':
      await services.sqs.call('SendMessage', { QueueUrl: name, MessageBody: JSON.stringify(event) }, context);
      return;
    default:
      throw new UnsupportedError(`EventBridge: a target of ${service} is not supported (${targetArn}).`);
  }
}

/** Sends what could not be delivered to its dead-letter queue, with the attributes that say why. */
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

/** Sends the record of a failed asynchronous invocation to its destination, a queue. */
export async function sendInvocationRecord(
  services: Services,
  queueArn: string,
  record: string,
  context: CallContext,
): Promise<void> {
  const { name } = parseArn(queueArn);
  await services.sqs.call('SendMessage', { QueueUrl: name, MessageBody: record }, context);
}

/** `arn:partition:service:region:account:resource`; `name` is the last part of the resource. */
function parseArn(arn: string): { service: string; name: string } {
  const [, , service = '', , , ...resource] = arn.split(':');
  return { service, name: resource.at(-1) ?? '' };
}
