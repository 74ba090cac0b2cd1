import { createSection, type DescribeService } from '../core/overview';
import type { FunctionModel } from './model';

/** Describes the functions. */
export const describeFunctions: DescribeService<{ readonly functions: readonly FunctionModel[] }> = ({
  functions,
}) =>
  createSection(
    'Functions',
    functions.map(({ logicalId }) => logicalId),
    {
      label: 'Invoke a function',
      command: `npx sam-offline invoke ${functions[0]?.logicalId} -e event.json`,
    },
  );
