import { randomUUID } from 'node:crypto';
import type { StateMachineModel } from './model';

/**
 * Creates the ARN of an execution. The ARN of an Express execution ends with a UUID, because the names of Express executions
 * are not unique.
 */
export function createExecutionArn(model: StateMachineModel, name: string): string {
  const [arn, partition, service, region, account] = model.arn.split(':');
  const prefix = [arn, partition, service, region, account].join(':');
  if (model.type === 'STANDARD') return `${prefix}:execution:${model.name}:${name}`;
  return `${prefix}:express:${model.name}:${name}:${randomUUID()}`;
}

/** Creates the ARN of the role that SAM generates for a state machine. `$states.context` contains this ARN. */
export function createRoleArn(model: StateMachineModel): string {
  const [, partition, , , account] = model.arn.split(':');
  return `arn:${partition}:iam::${account}:role/${model.logicalId}Role`;
}
