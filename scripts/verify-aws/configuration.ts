import {
  ApiGatewayV2Client,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, GetPolicyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { requireOutput, type StackInfo } from '../stack';

/** The properties of a table that the checks use. */
export interface TableConfiguration {
  billing?: string;
  key: string[];
  indexes: { name?: string; status?: string; key: string[] }[];
  ttl?: { status?: string; attribute?: string };
}

/**
 * The configuration of a stack as the AWS APIs return it, by logical ID. The optional parts are undefined for the local
 * runtime, because it does not support the APIs that return them.
 */
export interface StackConfiguration {
  tables: Record<string, TableConfiguration>;
  machine: { type?: string; tracing?: boolean; logLevel?: string; logGroup?: string; logsData?: boolean };
  queue: { policy?: string; arn?: string };
  api?: {
    id: string;
    routes: Record<string, string>;
    stage: { autoDeploy?: boolean; deploymentId?: string; message?: string };
  };
  functions?: Record<string, FunctionConfiguration>;
  targets?: { rule: string; pattern: string; arn?: string; maximumAge?: number; deadLetters?: string }[];
  logGroups?: { name?: string; days?: number }[];
  /** The value of the stack parameter `Tracing`. */
  tracing?: string;
  /** The status of point-in-time recovery of the chat table. */
  pointInTimeRecovery?: string;
}

export interface FunctionConfiguration {
  arn?: string;
  runtime?: string;
  tracing?: string;
  logGroup?: string;
  /** The resource-based policy. */
  policy?: string;
}

/** Reads the part of the configuration that both AWS and the local runtime return. */
async function readCommonConfiguration(
  stack: StackInfo,
): Promise<Pick<StackConfiguration, 'tables' | 'machine' | 'queue'>> {
  const [tables, states, queues] = [
    new DynamoDBClient(stack.clientConfig),
    new SFNClient(stack.clientConfig),
    new SQSClient({ ...stack.clientConfig, useQueueUrlAsEndpoint: false }), // the emulator's queue URL contains a different host
  ];
  const machine = await states.send(
    new DescribeStateMachineCommand({ stateMachineArn: requireOutput(stack, 'FanOutArn') }),
  );
  const { Attributes } = await queues.send(
    new GetQueueAttributesCommand({
      QueueUrl: requireOutput(stack, 'DeadLetterQueueUrl'),
      AttributeNames: ['All'],
    }),
  );
  const logging = machine.loggingConfiguration;
  return {
    tables: {
      ConnectionsTable: await readTable(tables, requireOutput(stack, 'ConnectionsTableName')),
      ChatTable: await readTable(tables, requireOutput(stack, 'ChatTableName')),
    },
    machine: {
      type: machine.type,
      tracing: machine.tracingConfiguration?.enabled,
      logLevel: logging?.level,
      logsData: logging?.includeExecutionData,
      logGroup: logging?.destinations?.[0]?.cloudWatchLogsLogGroup?.logGroupArn,
    },
    queue: { policy: Attributes?.Policy, arn: Attributes?.QueueArn },
  };
}

async function readTable(client: DynamoDBClient, TableName: string): Promise<TableConfiguration> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  const names = (schema: { AttributeName?: string }[] = []) =>
    schema.map(({ AttributeName = '' }) => AttributeName);
  return {
    billing: Table?.BillingModeSummary?.BillingMode,
    key: names(Table?.KeySchema),
    indexes: (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName, IndexStatus, KeySchema }) => ({
      name: IndexName,
      status: IndexStatus,
      key: names(KeySchema),
    })),
    ttl: { status: ttl?.TimeToLiveStatus, attribute: ttl?.AttributeName },
  };
}

export async function readLocalConfiguration(stack: StackInfo): Promise<StackConfiguration> {
  return readCommonConfiguration(stack);
}

/** Reads the configuration of a deployed stack. Requires read-only permissions for the resources of the stack. */
export async function readDeployedConfiguration(
  stack: StackInfo,
  stackName: string,
): Promise<StackConfiguration> {
  const ids = await listResources(stackName);
  const [common, pointInTimeRecovery, api, functions, targets, logGroups] = await Promise.all([
    readCommonConfiguration(stack),
    readPointInTimeRecovery(stack),
    readApi(ids),
    readFunctions(ids),
    readTargets(ids),
    readLogGroups(ids),
  ]);
  return {
    ...common,
    pointInTimeRecovery,
    api,
    functions,
    targets,
    logGroups,
    tracing: stack.parameters?.Tracing,
  };
}

async function readPointInTimeRecovery(stack: StackInfo): Promise<string> {
  const client = new DynamoDBClient(stack.clientConfig);
  const TableName = requireOutput(stack, 'ChatTableName');
  const { ContinuousBackupsDescription } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName }),
  );
  return ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus ?? 'unknown';
}

type Resources = Map<string, { type: string; id: string }>;

/** Lists the resources of a deployed stack by logical ID. */
export async function listResources(StackName: string): Promise<Resources> {
  const resources: Resources = new Map();
  const client = new CloudFormationClient({});
  for await (const page of paginateListStackResources({ client }, { StackName })) {
    for (const {
      LogicalResourceId = '',
      ResourceType = '',
      PhysicalResourceId = '',
    } of page.StackResourceSummaries ?? []) {
      resources.set(LogicalResourceId, { type: ResourceType, id: PhysicalResourceId });
    }
  }
  return resources;
}

/** Returns the resources of a CloudFormation type. */
export const selectByType = (resources: Resources, wanted: string) =>
  [...resources].filter(([, { type }]) => type === wanted).map(([logicalId, { id }]) => ({ logicalId, id }));

async function readApi(resources: Resources): Promise<StackConfiguration['api']> {
  const client = new ApiGatewayV2Client({});
  const ApiId = resources.get('WebSocketApi')?.id ?? '';
  const { Items: routes = [] } = await client.send(new GetRoutesCommand({ ApiId, MaxResults: '500' }));
  const { Items: integrations = [] } = await client.send(
    new GetIntegrationsCommand({ ApiId, MaxResults: '500' }),
  );
  const StageName = resources.get('WebSocketApiproductionStage')?.id ?? '';
  const stage = await client.send(new GetStageCommand({ ApiId, StageName }));
  const uri = (target = '') =>
    integrations.find(({ IntegrationId }) => target === `integrations/${IntegrationId}`)?.IntegrationUri ??
    '';
  return {
    id: ApiId,
    routes: Object.fromEntries(routes.map(({ RouteKey = '', Target }) => [RouteKey, uri(Target)])),
    stage: {
      autoDeploy: stage.AutoDeploy,
      deploymentId: stage.DeploymentId,
      message: stage.LastDeploymentStatusMessage,
    },
  };
}

async function readFunctions(resources: Resources): Promise<StackConfiguration['functions']> {
  const client = new LambdaClient({});
  const functions = selectByType(resources, 'AWS::Lambda::Function').map(async ({ logicalId, id }) => {
    const configuration = await client.send(new GetFunctionConfigurationCommand({ FunctionName: id }));
    const policy = await client.send(new GetPolicyCommand({ FunctionName: id })).catch(() => undefined); // the function has no policy
    const { FunctionArn, Runtime, TracingConfig, LoggingConfig } = configuration;
    return [
      logicalId,
      {
        arn: FunctionArn,
        runtime: Runtime,
        tracing: TracingConfig?.Mode,
        logGroup: LoggingConfig?.LogGroup,
        policy: policy?.Policy,
      },
    ] as const;
  });
  return Object.fromEntries(await Promise.all(functions));
}

async function readTargets(resources: Resources): Promise<StackConfiguration['targets']> {
  const client = new EventBridgeClient({});
  const EventBusName = resources.get('EventBus')?.id;
  const { Rules = [] } = await client.send(new ListRulesCommand({ EventBusName }));
  const targets = Rules.map(async ({ Name = '', EventPattern = '' }) => {
    const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ EventBusName, Rule: Name }));
    return Targets.map(({ Arn, RetryPolicy, DeadLetterConfig }) => ({
      rule: Name,
      pattern: EventPattern,
      arn: Arn,
      maximumAge: RetryPolicy?.MaximumEventAgeInSeconds,
      deadLetters: DeadLetterConfig?.Arn,
    }));
  });
  return (await Promise.all(targets)).flat();
}

async function readLogGroups(resources: Resources): Promise<StackConfiguration['logGroups']> {
  const client = new CloudWatchLogsClient({});
  const groups = selectByType(resources, 'AWS::Logs::LogGroup').map(async ({ id }) => {
    const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: id }));
    const group = logGroups.find(({ logGroupName }) => logGroupName === id);
    return { name: group?.logGroupName, days: group?.retentionInDays };
  });
  return Promise.all(groups);
}
