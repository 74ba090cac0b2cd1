// npm run admin -- restore: adds missing items from a restored copy of the chat table to the table of the stack.
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { createDocumentClient } from '../../aws/dynamodb/document-client';
import { createCommand, parsePositiveInteger, UsageError } from '../command-line';
import { CommandError, describeDeployedStack, describeLocalStack, requireOutput } from '../stack';
import { restoreItems } from './restore/restore-items';

const usage = `
Adds what the stack's chat table lacks from a copy that DynamoDB restored from a point in time. Keeps everything that the stack has
stored since, and needs no interruption of the service. Without --apply, shows what is missing. It is safe to repeat.

  npm run admin -- restore [options]

  --stack NAME  the stack
  --port PORT   port of the local runtime, instead of a stack (default 3000)
  --from TABLE  the restored copy; without it, the command shows how to create one
  --apply       write the missing items
  --help        show this text
`;

const options = {
  port: { type: 'string', default: '3000' },
  stack: { type: 'string' },
  from: { type: 'string' },
  apply: { type: 'boolean', default: false },
} as const;

const PROGRESS_ITEMS = 10_000;
const print = (line: string) => process.stdout.write(`${line}\n`);

export const run = createCommand({ usage, options }, async ({ stack: stackName, from, apply, ...texts }) => {
  const port = parsePositiveInteger('port', texts.port);
  const stack =
    stackName === undefined ? await describeLocalStack(port) : await describeDeployedStack(stackName);
  const chatTable = requireOutput(stack, 'ChatTableName');
  if (from === chatTable) throw new UsageError('--from is the table of the stack. Name the restored copy.');
  const client = new DynamoDBClient(stack.clientConfig);
  try {
    if (from === undefined) await showInstructions(client, chatTable, stackName);
    else await restore(client, { chatTable, from, apply });
  } finally {
    client.destroy();
  }
});

/** Prints the commands that create a copy. */
async function showInstructions(client: DynamoDBClient, chatTable: string, stack?: string): Promise<void> {
  const { ContinuousBackupsDescription } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName: chatTable }),
  );
  const { EarliestRestorableDateTime: earliest, LatestRestorableDateTime: latest } =
    ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
  if (!earliest || !latest) throw new CommandError(`Point-in-time recovery of ${chatTable} is off.`);
  const copy = `${chatTable}-restored`;
  print(
    `${chatTable} can be restored to any second from ${earliest.toISOString()} to ${latest.toISOString()}.`,
  );
  print('Replace TIME with the last moment before the damage, and run:\n');
  print('  aws dynamodb restore-table-to-point-in-time --restore-date-time TIME \\');
  print(`    --source-table-name ${chatTable} --target-table-name ${copy}`);
  print(`  aws dynamodb wait table-exists --table-name ${copy}`);
  print(`  npm run admin -- restore${stack === undefined ? '' : ` --stack ${stack}`} --from ${copy}`);
}

async function restore(
  client: DynamoDBClient,
  { chatTable, from, apply }: { chatTable: string; from: string; apply: boolean },
): Promise<void> {
  await describeCopy(client, from);
  const documents = createDocumentClient(client);
  const tables = {
    restored: { client: documents, chatTable: from },
    live: { client: documents, chatTable },
  };
  let [rooms, shown] = [0, 0];
  const missing = await restoreItems(tables, apply, {
    onRoom(room, finding) {
      rooms += 1;
      print(`room ${room}: ${finding}`);
    },
    onPage(items) {
      if (items - shown < PROGRESS_ITEMS) return;
      shown = items;
      print(`${items} items compared`);
    },
  });
  for (const [kind, count] of missing) print(`${kind}: ${count} are missing`);
  if (rooms === 0 && missing.size === 0) print('Nothing is missing.');
  else
    print(
      apply
        ? 'Restored. Run the command again: it must find nothing.'
        : 'Add the missing items with --apply.',
    );
}

/**
 * Prints the table and the time that the copy was restored from.
 *
 * @throws CommandError if the copy does not exist or is not ready.
 */
async function describeCopy(client: DynamoDBClient, from: string): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: from })).catch((error) => {
    if (error instanceof ResourceNotFoundException) throw new CommandError(`There is no table ${from}.`);
    throw error;
  });
  if (Table?.TableStatus !== 'ACTIVE')
    throw new CommandError(
      `The table ${from} is not ready (${Table?.TableStatus}). Wait until it is ACTIVE.`,
    );
  const { SourceTableArn = 'an unknown table', RestoreDateTime } = Table.RestoreSummary ?? {};
  if (RestoreDateTime) print(`${from} is a copy of ${SourceTableArn} at ${RestoreDateTime.toISOString()}.`);
}
