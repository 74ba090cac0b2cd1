import { createSection, type DescribeService } from '../core/overview';
import type { StateMachineModel } from './model';

/** Describes the state machines. */
export const describeStateMachines: DescribeService<{
  readonly stateMachines: readonly StateMachineModel[];
}> = ({ stateMachines }) =>
  createSection(
    'Workflows',
    stateMachines.map(({ logicalId }) => logicalId),
    { label: 'Run a state machine', command: `npx sam-offline exec ${stateMachines[0]?.logicalId} '{}'` },
  );
