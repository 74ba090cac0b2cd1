import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { requireOutput, type StackInfo } from '../stack';

/**
 * Returns a text with the command that protects the chat table of a new stack from deletion. Returns an empty text if the table
 * is protected, or if the caller has no permission to describe it.
 */
export async function adviseProtection(stack: StackInfo): Promise<string> {
  const TableName = requireOutput(stack, 'ChatTableName');
  const client = new DynamoDBClient(stack.clientConfig);
  const { Table } = await client
    .send(new DescribeTableCommand({ TableName }))
    .catch(() => ({ Table: undefined }));
  client.destroy();
  if (Table?.DeletionProtectionEnabled !== false) return '';
  return [
    '',
    'The chat table has no deletion protection. When users depend on its messages, turn it on:',
    '',
    `  aws dynamodb update-table --table-name ${TableName} --deletion-protection-enabled`,
    '',
  ].join('\n');
}
