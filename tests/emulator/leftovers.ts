import { ApiGatewayV2Client, GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListEventBusesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';

/** The bucket that `sam deploy --resolve-s3` keeps for all stacks of a region, and EventBridge's own bus. */
const EXPECTED = [/^aws-sam-cli-managed-default-/, /^default$/];

/** What an account that had nothing but our stack still has after `sam delete`. */
export async function leftovers(): Promise<string[]> {
  const [apis, groups, tables, buses, functions, buckets, secrets, machines, queues, roles] =
    await Promise.all([
      new ApiGatewayV2Client({}).send(new GetApisCommand({})),
      new CloudWatchLogsClient({}).send(new DescribeLogGroupsCommand({})),
      new DynamoDBClient({}).send(new ListTablesCommand({})),
      new EventBridgeClient({}).send(new ListEventBusesCommand({})),
      new LambdaClient({}).send(new ListFunctionsCommand({})),
      new S3Client({ forcePathStyle: true }).send(new ListBucketsCommand({})),
      new SecretsManagerClient({}).send(new ListSecretsCommand({})),
      new SFNClient({}).send(new ListStateMachinesCommand({})),
      new SQSClient({}).send(new ListQueuesCommand({})),
      new IAMClient({}).send(new ListRolesCommand({})),
    ]);
  const names: Record<string, (string | undefined)[]> = {
    API: apis.Items?.map(({ Name }) => Name) ?? [],
    'log group': groups.logGroups?.map(({ logGroupName }) => logGroupName) ?? [],
    table: tables.TableNames ?? [],
    bus: buses.EventBuses?.map(({ Name }) => Name) ?? [],
    function: functions.Functions?.map(({ FunctionName }) => FunctionName) ?? [],
    bucket: buckets.Buckets?.map(({ Name }) => Name) ?? [],
    secret: secrets.SecretList?.map(({ Name }) => Name) ?? [],
    'state machine': machines.stateMachines?.map(({ name }) => name) ?? [],
    queue: queues.QueueUrls ?? [],
    role: roles.Roles?.map(({ RoleName }) => RoleName) ?? [],
  };
  return Object.entries(names).flatMap(([kind, left]) =>
    left
      .filter((name) => name !== undefined && !EXPECTED.some((pattern) => pattern.test(name)))
      .map((name) => `Left behind by sam delete: ${kind} ${name}`),
  );
}
