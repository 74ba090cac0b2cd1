import { APIGatewayClient, GetAccountCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudFrontClient, ListDistributionsCommand } from '@aws-sdk/client-cloudfront';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { paginateListServiceQuotas, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** Facts about the account that affect the first deployment. A fact is an Error if the user has no permission to read it. */
export interface AccountFacts {
  region: string;
  accountId: string | Error;
  /** The status of the stack. Undefined if it does not exist. */
  stackStatus: string | undefined | Error;
  /** Maximum number of concurrent executions of all functions. */
  concurrency: number | Error;
  /** Maximum number of requests per second to all APIs. */
  requestRate: number | Error;
  /** Maximum number of `PutEvents` requests per second. */
  putEventsRate: number | Error;
  hasDistributions: boolean | Error;
}

/** Reads the facts concurrently, with the credentials and the Region of the environment. Does not change the account. */
export async function readAccount(stackName: string): Promise<AccountFacts> {
  const apiGateway = new APIGatewayClient({});
  const cloudFormation = new CloudFormationClient({});
  const cloudFront = new CloudFrontClient({});
  const lambda = new LambdaClient({});
  const quotas = new ServiceQuotasClient({});
  const sts = new STSClient({});
  try {
    const [region, accountId, stackStatus, concurrency, requestRate, putEventsRate, hasDistributions] =
      await Promise.all([
        lambda.config.region(),
        attempt(async () => (await sts.send(new GetCallerIdentityCommand({}))).Account ?? ''),
        attempt(() => readStackStatus(cloudFormation, stackName)),
        attempt(async () => {
          const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
          return AccountLimit?.ConcurrentExecutions ?? 0;
        }),
        attempt(() => readRequestRate(apiGateway)),
        attempt(() => readQuota(quotas, 'events', 'PutEvents throttle limit')),
        attempt(async () => {
          const { DistributionList } = await cloudFront.send(new ListDistributionsCommand({ MaxItems: 1 }));
          return (DistributionList?.Quantity ?? 0) > 0;
        }),
      ]);
    return { region, accountId, stackStatus, concurrency, requestRate, putEventsRate, hasDistributions };
  } finally {
    for (const client of [apiGateway, cloudFormation, cloudFront, lambda, quotas, sts]) client.destroy();
  }
}

async function attempt<T>(read: () => Promise<T>): Promise<T | Error> {
  try {
    return await read();
  } catch (error) {
    return error as Error;
  }
}

async function readStackStatus(client: CloudFormationClient, name: string): Promise<string | undefined> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks[0]?.StackStatus;
  } catch (error) {
    // CloudFormation has no specific error type for a stack that does not exist.
    if ((error as Error).name === 'ValidationError' && /does not exist/.test((error as Error).message))
      return undefined;
    throw error;
  }
}

/** Reads the rate from API Gateway, because Service Quotas can report 10,000 in Regions where the quota is 2,500. */
async function readRequestRate(client: APIGatewayClient): Promise<number> {
  const { throttleSettings } = await client.send(new GetAccountCommand({}));
  if (throttleSettings?.rateLimit === undefined) throw new Error('API Gateway reports no throttle settings.');
  return throttleSettings.rateLimit;
}

/** Reads the applied value of a quota. */
async function readQuota(client: ServiceQuotasClient, service: string, name: string): Promise<number> {
  for await (const { Quotas = [] } of paginateListServiceQuotas({ client }, { ServiceCode: service })) {
    const found = Quotas.find(({ QuotaName = '' }) => QuotaName.startsWith(name));
    if (found?.Value !== undefined) return found.Value;
  }
  throw new Error(`Service Quotas lists no quota ${JSON.stringify(name)} of ${service}.`);
}
