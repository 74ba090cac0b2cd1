import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { App } from 'sam-offline';
import type { DynamoDbEndpoint } from 'sam-offline/testing';

/** The endpoint of another DynamoDB implementation to run the tests against: see tests/dynamodb-local. */
const url = process.env.DYNAMODB_ENDPOINT;

/** Defines a test that needs faults, conflicts or deletions by TTL, which only the runtime's DynamoDB provides on demand. */
export function itInRuntime(name: string, test: () => Promise<void>): void {
  if (url === undefined) it(name, test);
  else it.skip(name, test);
}

type Judge = Pick<DynamoDbEndpoint, 'url' | 'expireNow' | 'occurrences' | 'close'> & {
  faults: Pick<DynamoDbEndpoint['faults'], 'add' | 'clear'>;
};

/**
 * Creates the tables in the other implementation, if its endpoint is set. That implementation stores the tables of each access
 * key separately.
 */
export async function openJudge(tables: App['tables'], accessKeyId: string): Promise<Judge | undefined> {
  if (url === undefined) return undefined;
  const credentials = { accessKeyId, secretAccessKey: 'local' };
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint: url, credentials });
  for (const { name, createTable } of tables) {
    const input = { TableName: name, ...createTable } as unknown as CreateTableCommandInput;
    await client.send(new CreateTableCommand(input));
  }
  const reject = () => {
    throw new Error('Only the DynamoDB of the runtime supports this. Use itInRuntime.');
  };
  return {
    url,
    faults: { add: reject, clear() {} },
    expireNow: async () => 0, // TTL deletes items at an unknown later time
    get occurrences() {
      return reject();
    },
    close: async () => client.destroy(),
  };
}
