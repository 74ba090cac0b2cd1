import {
  DeleteTableCommand,
  DynamoDBClient,
  RestoreTableToPointInTimeCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { requireOutput, type StackInfo } from '../../scripts/stack';
import { npmRun, toResult } from './operator';
import type { TestResult } from './verdict';

const COPY = 'roomcast-restored';

/**
 * Practices the restore of the chat table: copies the table, deletes half of its items, and restores the items from the copy.
 * The emulator copies the current state of a table instead of an earlier state.
 */
export async function drillRestore(stack: StackInfo, stackName: string): Promise<TestResult[]> {
  const chatTable = requireOutput(stack, 'ChatTableName');
  const client = new DynamoDBClient(stack.clientConfig);
  await client.send(
    new RestoreTableToPointInTimeCommand({
      ...{ SourceTableName: chatTable, TargetTableName: COPY },
      UseLatestRestorableTime: true,
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName: COPY });
  try {
    await deleteHalf(DynamoDBDocumentClient.from(client), chatTable);
    const restore = (...args: string[]) =>
      npmRun('admin', 'restore', '--stack', stackName, '--from', COPY, ...args);
    const [shown, applied, repeated] = [await restore(), await restore('--apply'), await restore()];
    return [
      toResult(
        'restore shows what is missing',
        shown.code === 0 && /\d entries are missing/.test(shown.stdout),
      ),
      toResult('restore adds what is missing', applied.code === 0 && /^Restored\./m.test(applied.stdout)),
      toResult(
        'restore finds nothing when it is repeated',
        repeated.code === 0 && /^Nothing is missing\.$/m.test(repeated.stdout),
      ),
    ];
  } finally {
    await client.send(new DeleteTableCommand({ TableName: COPY }));
    client.destroy();
  }
}

/** Deletes every other item. */
async function deleteHalf(client: DynamoDBDocumentClient, TableName: string): Promise<void> {
  let count = 0;
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    for (const { pk, sk } of Items) {
      count += 1;
      if (count % 2 === 0) await client.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
    }
  }
}
