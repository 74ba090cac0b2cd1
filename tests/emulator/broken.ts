import {
  ApiGatewayV2Client,
  DeleteRouteCommand,
  GetRoutesCommand,
  UpdateApiCommand,
  UpdateRouteCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CloudWatchLogsClient, DeleteRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { requireOutput, type StackInfo } from '../../scripts/stack';
import { listResources, selectByType } from '../../scripts/verify-aws/configuration';

/**
 * Violates every check of `npm run verify:aws` through the service APIs, like manual changes in the console. The stack is
 * unusable afterwards.
 */
export async function breakStack(stack: StackInfo, stackName: string): Promise<void> {
  const resources = await listResources(stackName);
  const id = (logicalId: string) => resources.get(logicalId)?.id ?? '';
  await breakApi(id('WebSocketApi'), id('WebSocketApiproductionStage'));
  await openHttpApi(id('HttpApi'));
  await breakTables(requireOutput(stack, 'ConnectionsTableName'), requireOutput(stack, 'ChatTableName'));
  await breakEvents(id('EventBus'));
  await new LambdaClient({}).send(
    new UpdateFunctionConfigurationCommand({
      FunctionName: id('HistoryFunction'),
      TracingConfig: { Mode: 'PassThrough' },
    }),
  );
  await replaceStateMachine(requireOutput(stack, 'FanOutArn'));
  await new SQSClient({ useQueueUrlAsEndpoint: false }).send(
    new SetQueueAttributesCommand({
      QueueUrl: requireOutput(stack, 'DeadLetterQueueUrl'),
      Attributes: { Policy: '' },
    }),
  );
  await new S3Client({}).send(
    new DeleteObjectCommand({ Bucket: requireOutput(stack, 'WebBucketName'), Key: 'index.html' }),
  );
  const logs = new CloudWatchLogsClient({});
  for (const { id: logGroupName } of selectByType(resources, 'AWS::Logs::LogGroup')) {
    await logs.send(new DeleteRetentionPolicyCommand({ logGroupName }));
  }
}

async function breakApi(ApiId: string, StageName: string): Promise<void> {
  const api = new ApiGatewayV2Client({});
  const { Items = [] } = await api.send(new GetRoutesCommand({ ApiId, MaxResults: '500' }));
  const route = (key: string) => Items.find(({ RouteKey }) => RouteKey === key);
  for (const key of ['$connect', 'history']) {
    await api.send(new DeleteRouteCommand({ ApiId, RouteId: route(key)?.RouteId }));
  }
  await api.send(
    new UpdateRouteCommand({ ApiId, RouteId: route('sendMessage')?.RouteId, Target: route('ping')?.Target }),
  );
  await api.send(new UpdateStageCommand({ ApiId, StageName, AutoDeploy: false }));
}

/** Deletes the routes and their authorization, and allows every origin. */
async function openHttpApi(ApiId: string): Promise<void> {
  const api = new ApiGatewayV2Client({});
  const { Items = [] } = await api.send(new GetRoutesCommand({ ApiId }));
  for (const { RouteId } of Items) await api.send(new DeleteRouteCommand({ ApiId, RouteId }));
  await api.send(
    new UpdateApiCommand({ ApiId, CorsConfiguration: { AllowOrigins: ['*'], AllowMethods: ['POST'] } }),
  );
}

/** Replaces the state machine, because the type of a state machine cannot be updated. */
async function replaceStateMachine(stateMachineArn: string): Promise<void> {
  const states = new SFNClient({});
  const { name, definition, roleArn } = await states.send(
    new DescribeStateMachineCommand({ stateMachineArn }),
  );
  await states.send(new DeleteStateMachineCommand({ stateMachineArn }));
  await states.send(
    new CreateStateMachineCommand({
      ...{ name, definition, roleArn, type: 'STANDARD' },
      tracingConfiguration: { enabled: false },
      loggingConfiguration: { level: 'ALL', includeExecutionData: true },
    }),
  );
}

async function breakTables(connections: string, chat: string): Promise<void> {
  const client = new DynamoDBClient({});
  for (const [TableName, IndexName] of [
    [connections, 'RoomIndex'],
    [chat, 'SessionIndex'],
  ]) {
    await client.send(
      new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName } }] }),
    );
  }
  await client.send(
    new UpdateTableCommand({
      TableName: chat,
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    }),
  );
  await client.send(
    new UpdateContinuousBackupsCommand({
      TableName: chat,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
    }),
  );
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: connections,
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: false },
    }),
  );
}

/** Removes the dead-letter queue from the targets of all rules. */
async function breakEvents(EventBusName: string): Promise<void> {
  const client = new EventBridgeClient({});
  const { Rules = [] } = await client.send(new ListRulesCommand({ EventBusName }));
  for (const { Name: Rule } of Rules) {
    const { Targets = [] } = await client.send(new ListTargetsByRuleCommand({ EventBusName, Rule }));
    const without = Targets.map(({ DeadLetterConfig: _, ...target }) => target);
    await client.send(new PutTargetsCommand({ EventBusName, Rule, Targets: without }));
  }
}
