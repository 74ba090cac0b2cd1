import { ApiGatewayV2Client, GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import {
  CloudFrontClient,
  ListDistributionsCommand,
  ListOriginAccessControlsCommand,
  ListResponseHeadersPoliciesCommand,
} from '@aws-sdk/client-cloudfront';
import { CloudWatchClient, DescribeAlarmsCommand, ListDashboardsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListEventBusesCommand, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';

type Names = Promise<(string | undefined)[] | undefined>;

/** Functions that list the names of existing resources, by CloudFormation type. */
const listers: Record<string, () => Names> = {
  'AWS::ApiGatewayV2::Api': async () =>
    (await new ApiGatewayV2Client({}).send(new GetApisCommand({}))).Items?.map(({ Name }) => Name),
  'AWS::CloudFront::Distribution': async () =>
    (await new CloudFrontClient({}).send(new ListDistributionsCommand({}))).DistributionList?.Items?.map(
      ({ Id }) => Id,
    ),
  'AWS::CloudFront::OriginAccessControl': async () =>
    (
      await new CloudFrontClient({}).send(new ListOriginAccessControlsCommand({}))
    ).OriginAccessControlList?.Items?.map(({ Name }) => Name),
  'AWS::CloudFront::ResponseHeadersPolicy': async () =>
    (
      await new CloudFrontClient({}).send(new ListResponseHeadersPoliciesCommand({ Type: 'custom' }))
    ).ResponseHeadersPolicyList?.Items?.map(({ ResponseHeadersPolicy: policy }) => policy?.Id),
  'AWS::CloudWatch::Alarm': async () =>
    (await new CloudWatchClient({}).send(new DescribeAlarmsCommand({}))).MetricAlarms?.map(
      ({ AlarmName }) => AlarmName,
    ),
  'AWS::CloudWatch::Dashboard': async () =>
    (await new CloudWatchClient({}).send(new ListDashboardsCommand({}))).DashboardEntries?.map(
      ({ DashboardName }) => DashboardName,
    ),
  'AWS::DynamoDB::Table': async () =>
    (await new DynamoDBClient({}).send(new ListTablesCommand({}))).TableNames,
  'AWS::Events::EventBus': async () =>
    (await new EventBridgeClient({}).send(new ListEventBusesCommand({}))).EventBuses?.map(({ Name }) => Name),
  // Lists the rules of the default bus, such as schedules. Rules of other buses are deleted together with the bus.
  'AWS::Events::Rule': async () =>
    (await new EventBridgeClient({}).send(new ListRulesCommand({}))).Rules?.map(({ Name }) => Name),
  'AWS::IAM::Role': async () =>
    (await new IAMClient({}).send(new ListRolesCommand({}))).Roles?.map(({ RoleName }) => RoleName),
  'AWS::Lambda::Function': async () =>
    (await new LambdaClient({}).send(new ListFunctionsCommand({}))).Functions?.map(
      ({ FunctionName }) => FunctionName,
    ),
  'AWS::Logs::LogGroup': async () =>
    (await new CloudWatchLogsClient({}).send(new DescribeLogGroupsCommand({}))).logGroups?.map(
      ({ logGroupName }) => logGroupName,
    ),
  'AWS::S3::Bucket': async () =>
    (await new S3Client({}).send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name),
  'AWS::SecretsManager::Secret': async () =>
    (await new SecretsManagerClient({}).send(new ListSecretsCommand({}))).SecretList?.map(({ Name }) => Name),
  'AWS::SQS::Queue': async () => (await new SQSClient({}).send(new ListQueuesCommand({}))).QueueUrls,
  'AWS::StepFunctions::StateMachine': async () =>
    (await new SFNClient({}).send(new ListStateMachinesCommand({}))).stateMachines?.map(({ name }) => name),
};

/** Types that are deleted together with a parent resource, by child type. */
const parents: Record<string, string> = {
  'AWS::ApiGatewayV2::Integration': 'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Route': 'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Stage': 'AWS::ApiGatewayV2::Api',
  'AWS::Lambda::EventInvokeConfig': 'AWS::Lambda::Function',
  'AWS::Lambda::Permission': 'AWS::Lambda::Function',
  'AWS::S3::BucketPolicy': 'AWS::S3::Bucket',
  'AWS::SQS::QueuePolicy': 'AWS::SQS::Queue',
};

/**
 * Types for which no resource is created: emulator.py only accepts them, or they depend on a parameter that is empty in this
 * deployment.
 */
const notCreated = [
  'AWS::ApiGatewayV2::ApiMapping',
  'AWS::ApiGatewayV2::DomainName',
  'AWS::Budgets::Budget',
  'AWS::Logs::QueryDefinition',
  'AWS::XRay::Group',
];

/**
 * Names of resources that are expected to remain: the bucket that `sam deploy --resolve-s3` creates once per Region, and the
 * default event bus.
 */
const EXPECTED = [/^aws-sam-cli-managed-default-/, /^default$/];

/** Returns the resource types that `findLeftovers` does not check. */
export function findUncheckedTypes(types: Iterable<string>): string[] {
  return [...new Set(types)].filter(
    (type) => !notCreated.includes(type) && listers[parents[type] ?? type] === undefined,
  );
}

/** Lists the resources that remain after `sam delete`. Requires an account without other stacks. */
export async function findLeftovers(): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(listers).map(async ([type, list]) =>
      ((await list()) ?? [])
        .filter((name) => !EXPECTED.some((pattern) => pattern.test(name ?? '')))
        .map((name) => `Not deleted by sam delete: ${type} ${name}`),
    ),
  );
  return found.flat();
}
