import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describeDeployedStack, requireOutput } from '../../scripts/stack';
import { listResources } from '../../scripts/verify-aws/configuration';
import { type Items, itemsIn } from './items';

/** What can be looked into of a stack by its name, wherever it runs. */
export interface Inside extends Items {
  /** Values of the template's parameters; of the runtime those that differ from the defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The secret of the broadcast key. */
  secretId(): Promise<string>;
  /** What its functions have logged since this was opened, of that the lines that hold the phrase. */
  logged(phrase: string): Promise<string[]>;
}

/** Opens the deployed stack of this name; `close` ends its clients. */
export async function openDeployed(StackName: string): Promise<Inside & { close(): void }> {
  const startTime = Date.now();
  const place = await describeDeployedStack(StackName);
  const tables = DynamoDBDocumentClient.from(new DynamoDBClient(place.clientConfig));
  const logs = new CloudWatchLogsClient(place.clientConfig);
  const { Stacks = [] } = await new CloudFormationClient(place.clientConfig).send(
    new DescribeStacksCommand({ StackName }),
  );
  const logGroupName = (await listResources(StackName)).get('FunctionLogs')?.id;
  return {
    ...itemsIn(tables, (table) => requireOutput(place, `${table}Name`)),
    parameters: Object.fromEntries(
      (Stacks[0]?.Parameters ?? []).map(({ ParameterKey = '', ParameterValue = '' }) => [
        ParameterKey,
        ParameterValue,
      ]),
    ),
    // Its name is in the command that fetches it.
    secretId: async () => /--secret-id (\S+)/.exec(requireOutput(place, 'BroadcastCommand'))?.[1] ?? '',
    async logged(phrase) {
      const lines: string[] = [];
      const input = { logGroupName, startTime, filterPattern: `"${phrase}"` };
      for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, input)) {
        lines.push(...events.map(({ message = '' }) => message));
      }
      return lines;
    },
    close() {
      tables.destroy();
      logs.destroy();
    },
  };
}
