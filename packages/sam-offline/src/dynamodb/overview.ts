import { createSection, type DescribeService, formatAwsCommand } from '../core/overview';
import type { TableModel } from './model';

/** Describes the tables, with a scan command for each table. */
export const describeTables: DescribeService<{ readonly tables: readonly TableModel[] }> = (app, port) =>
  createSection(
    'Tables',
    app.tables.map(({ logicalId }) => logicalId),
    ...app.tables.map(({ logicalId, name }) => ({
      label: `Scan ${logicalId}`,
      command: formatAwsCommand(app, port, `dynamodb scan --table-name ${name}`),
    })),
  );
