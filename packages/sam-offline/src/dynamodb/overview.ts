import { createSection, type DescribeService, formatAwsCommand } from '../core/overview';
import type { TableModel } from './model';

/** Describes the tables. Their commands contain the names that AWS clients use. */
export const describeTables: DescribeService<{ readonly tables: readonly TableModel[] }> = (app, port) =>
  createSection(
    'Tables',
    app.tables.map(({ logicalId }) => logicalId),
    ...app.tables.map(({ logicalId, name }) => ({
      label: `Scan ${logicalId}`,
      command: formatAwsCommand(app, port, `dynamodb scan --table-name ${name}`),
    })),
  );
