import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describeDeployedStack, requireOutput } from '../../scripts/stack';
import { listResources } from '../../scripts/verify-aws/configuration';
import { createTableAccess, type TableAccess } from '../../testbed/table-access';

/** Access to the internals of a deployed or local stack: tables, parameters, secret and logs. */
export interface StackInternals extends TableAccess {
  /** The template parameters. For the local runtime, contains only values that differ from the defaults. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Returns the ID of the secret that contains the broadcast key. */
  secretId(): Promise<string>;
  /** Returns the log lines that contain the phrase and were written since the stack was opened. */
  logged(phrase: string): Promise<string[]>;
}

/** Opens a deployed stack by name. `close` destroys its SDK clients. */
export async function openDeployedStack(StackName: string): Promise<StackInternals & { close(): void }> {
  const startTime = Date.now();
  const stack = await describeDeployedStack(StackName);
  const tables = DynamoDBDocumentClient.from(new DynamoDBClient(stack.clientConfig));
  const logs = new CloudWatchLogsClient(stack.clientConfig);
  const { Stacks = [] } = await new CloudFormationClient(stack.clientConfig).send(
    new DescribeStacksCommand({ StackName }),
  );
  const logGroupName = (await listResources(StackName)).get('FunctionLogs')?.id;
  return {
    ...createTableAccess(tables, (table) => requireOutput(stack, `${table}Name`)),
    parameters: Object.fromEntries(
      (Stacks[0]?.Parameters ?? []).map(({ ParameterKey = '', ParameterValue = '' }) => [
        ParameterKey,
        ParameterValue,
      ]),
    ),
    // The BroadcastCommand output contains the ID of the secret.
    secretId: async () => /--secret-id (\S+)/.exec(requireOutput(stack, 'BroadcastCommand'))?.[1] ?? '',
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
