import { createSection, type DescribeService } from '../core/overview';

/** Describes the queues. */
export const describeQueues: DescribeService = ({ queues }) =>
  createSection(
    'Queues',
    queues.map(({ logicalId }) => logicalId),
    { label: 'Send a message', command: `npx sam-offline send ${queues[0]?.logicalId} 'hello'` },
  );
