import { randomUUID } from 'node:crypto';
import type { StateMachineModel } from '../core/model';

/** The ARN of an execution; an Express execution's has an id of its own, because its name may be used again. */
export function executionArn(model: StateMachineModel, name: string): string {
  const [arn, partition, service, region, account] = model.arn.split(':');
  const start = [arn, partition, service, region, account].join(':');
  if (model.type === 'STANDARD') return `${start}:execution:${model.name}:${name}`;
  return `${start}:express:${model.name}:${name}:${randomUUID()}`;
}

/** The role SAM makes for a state machine. The runtime has no IAM, but executions can read the role's ARN. */
export function roleArn(model: StateMachineModel): string {
  const [, partition, , , account] = model.arn.split(':');
  return `arn:${partition}:iam::${account}:role/${model.logicalId}Role`;
}
