import { createSection, type DescribeService } from '../core/overview';

/** Describes the functions. */
export const describeFunctions: DescribeService = ({ functions }) =>
  createSection(
    'Functions',
    functions.map(({ logicalId }) => logicalId),
    {
      label: 'Invoke a function',
      command: `npx sam-offline invoke ${functions[0]?.logicalId} -e event.json`,
    },
  );
