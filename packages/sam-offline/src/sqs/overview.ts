import { createSection, type DescribeService } from '../core/overview';
import type { QueueModel } from './model';

/** Describes the queues. */
export const describeQueues: DescribeService<{ readonly queues: readonly QueueModel[] }> = ({ queues }) =>
  createSection(
    'Queues',
    queues.map(({ logicalId }) => logicalId),
    { label: 'Send a message', command: `npx sam-offline send ${queues[0]?.logicalId} 'hello'` },
  );
