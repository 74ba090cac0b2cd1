import {
  ApiGatewayV2Client,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionConfigurationCommand, GetPolicyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { output, type StackPlace } from '../stack';

/** A table as the checks look at it. */
export interface TableFacts {
  billing?: string;
  key: string[];
  indexes: { name?: string; status?: string; key: string[] }[];
  ttl?: { status?: string; attribute?: string };
}

/**
 * What the services say of a stack, under the template's logical ids. What a place cannot tell is undefined: the local
 * runtime has no API Gateway, EventBridge or CloudWatch to ask.
 */
export interface Facts {
  tables: Record<string, TableFacts>;
  machine: { type?: string; tracing?: boolean; logLevel?: string; logGroup?: string; logsData?: boolean };
  queue: { policy?: string; arn?: string };
  api?: {
    id: string;
    routes: Record<string, string>;
    stage: { autoDeploy?: boolean; deploymentId?: string; message?: string };
  };
  functions?: Record<string, FunctionFacts>;
  targets?: { rule: string; pattern: string; arn?: string; maximumAge?: number; deadLetters?: string }[];
  logGroups?: { name?: string; days?: number }[];
}

export interface FunctionFacts {
  arn?: string;
  runtime?: string;
  tracing?: string;
  logGroup?: string;
  /** The resource policy: who may invoke it. */
  policy?: string;
}

/** Asks the services that both AWS and the local runtime have. */
async function commonFacts(place: StackPlace): Promise<Pick<Facts, 'tables' | 'machine' | 'queue'>> {
  const [tables, states, queues] = [
    new DynamoDBClient(place.client),
    new SFNClient(place.client),
    new SQSClient({ ...place.client, useQueueUrlAsEndpoint: false }), // an emulator's URL names another host
  ];
  const machine = await states.send(
    new DescribeStateMachineCommand({ stateMachineArn: output(place, 'FanOutArn') }),
  );
  const { Attributes } = await queues.send(
    new GetQueueAttributesCommand({
      QueueUrl: output(place, 'DeadLetterQueueUrl'),
      AttributeNames: ['All'],
    }),
  );
  const logging = machine.loggingConfiguration;
  return {
    tables: {
      ConnectionsTable: await tableFacts(tables, output(place, 'ConnectionsTableName')),
      ChatTable: await tableFacts(tables, output(place, 'ChatTableName')),
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

async function tableFacts(client: DynamoDBClient, TableName: string): Promise<TableFacts> {
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

export async function localFacts(place: StackPlace): Promise<Facts> {
  return commonFacts(place);
}

/** Needs rights to describe what the stack is made of, and none to change it. */
export async function deployedFacts(place: StackPlace, stackName: string): Promise<Facts> {
  const ids = await resourcesOf(stackName);
  const [common, api, functions, targets, logGroups] = await Promise.all([
    commonFacts(place),
    apiFacts(ids),
    functionFacts(ids),
    targetFacts(ids),
    logGroupFacts(ids),
  ]);
  return { ...common, api, functions, targets, logGroups };
}

type Resources = Map<string, { type: string; id: string }>;

export async function resourcesOf(StackName: string): Promise<Resources> {
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

export const ofType = (resources: Resources, wanted: string) =>
  [...resources].filter(([, { type }]) => type === wanted).map(([logicalId, { id }]) => ({ logicalId, id }));

async function apiFacts(resources: Resources): Promise<Facts['api']> {
  const client = new ApiGatewayV2Client({});
  const ApiId = resources.get('WebSocketApi')?.id ?? '';
  const { Items: routes = [] } = await client.send(new GetRoutesCommand({ ApiId, MaxResults: '500' }));
  const { Items: integrations = [] } = await client.send(
    new GetIntegrationsCommand({ ApiId, MaxResults: '500' }),
  );
  const StageName = resources.get('WebSocketApiStage')?.id ?? '';
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

async function functionFacts(resources: Resources): Promise<Facts['functions']> {
  const client = new LambdaClient({});
  const facts = ofType(resources, 'AWS::Lambda::Function').map(async ({ logicalId, id }) => {
    const configuration = await client.send(new GetFunctionConfigurationCommand({ FunctionName: id }));
    const policy = await client.send(new GetPolicyCommand({ FunctionName: id })).catch(() => undefined); // it has none
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
  return Object.fromEntries(await Promise.all(facts));
}

async function targetFacts(resources: Resources): Promise<Facts['targets']> {
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

async function logGroupFacts(resources: Resources): Promise<Facts['logGroups']> {
  const client = new CloudWatchLogsClient({});
  const groups = ofType(resources, 'AWS::Logs::LogGroup').map(async ({ id }) => {
    const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: id }));
    const group = logGroups.find(({ logGroupName }) => logGroupName === id);
    return { name: group?.logGroupName, days: group?.retentionInDays };
  });
  return Promise.all(groups);
}
