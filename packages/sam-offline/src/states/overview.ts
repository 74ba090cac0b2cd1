import { createSection, type DescribeService } from '../core/overview';

/** Describes the state machines. */
export const describeStateMachines: DescribeService = ({ stateMachines }) =>
  createSection(
    'Workflows',
    stateMachines.map(({ logicalId }) => logicalId),
    { label: 'Run a state machine', command: `npx sam-offline exec ${stateMachines[0]?.logicalId} '{}'` },
  );
