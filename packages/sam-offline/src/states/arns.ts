import { randomUUID } from 'node:crypto';
import type { StateMachineModel } from './model';

/** Creates an execution's ARN. An Express ARN ends with a UUID, because Express execution names can repeat. */
export function createExecutionArn(model: StateMachineModel, name: string): string {
  const [arn, partition, service, region, account] = model.arn.split(':');
  const prefix = [arn, partition, service, region, account].join(':');
  if (model.type === 'STANDARD') return `${prefix}:execution:${model.name}:${name}`;
  return `${prefix}:express:${model.name}:${name}:${randomUUID()}`;
}

/** Creates the ARN of the role that SAM generates for a state machine, which `$states.context` contains. */
export function createRoleArn(model: StateMachineModel): string {
  const [, partition, , , account] = model.arn.split(':');
  return `arn:${partition}:iam::${account}:role/${model.logicalId}Role`;
}
