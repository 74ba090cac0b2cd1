import { getOwnMember } from '../json/own-member';
import { createArnGetter, createIdGetter, type Getter, getName, type ResourceType } from './resource-types';

/** The consequences of using unsupported services, by the prefix of the resource types. */
export const CONSEQUENCES: readonly (readonly [prefix: string, consequence: string])[] = [
  ['AWS::SNS::Subscription', 'Messages of the topic are not delivered.'],
  ['AWS::SNS::', 'Publishing fails, and subscribers receive nothing.'],
  ['AWS::S3::', 'Calls to S3 fail, and the bucket sends no events.'],
  ['AWS::Cognito::', 'Users cannot sign in, and there are no tokens.'],
  ['AWS::ApiGateway::ClientCertificate', 'HTTP integrations send no client certificate.'],
  ['AWS::ApiGateway::Documentation', 'The API has no documentation.'],
  ['AWS::ApiGateway::', 'The runtime does not emulate this part of REST APIs.'],
  ['AWS::AppSync::', 'The GraphQL API is not served.'],
  ['AWS::Serverless::GraphQLApi', 'The GraphQL API is not served.'],
  ['AWS::Serverless::Connector', 'It adds no permissions to roles.'],
  ['AWS::Serverless::Application', 'The resources of the nested application do not exist.'],
  ['AWS::CloudFormation::Stack', 'The resources of the nested stack do not exist.'],
  ['AWS::CloudFormation::CustomResource', 'The function of the custom resource is not invoked.'],
  ['Custom::', 'The function of the custom resource is not invoked.'],
  ['AWS::Events::', 'Events are not sent to HTTP endpoints.'],
  [
    'AWS::Lambda::EventInvokeConfig',
    'Asynchronous invocations have the default retries and no destinations.',
  ],
  ['AWS::Lambda::', 'It has no effect on functions.'],
  ['AWS::SecretsManager::', 'The secret is neither attached nor rotated.'],
  ['AWS::StepFunctions::', 'Tasks of activities fail.'],
  ['AWS::WAFv2::', 'Requests are not filtered.'],
  ['AWS::Pipes::', 'The pipe delivers nothing.'],
  ['AWS::Kinesis::', 'Calls to Kinesis fail, and readers receive nothing.'],
  ['AWS::KinesisFirehose::', 'Calls to Firehose fail.'],
  ['AWS::IoT::', 'Messages over MQTT are not received.'],
  ['AWS::ECS::', 'Containers do not run.'],
  ['AWS::EC2::', 'There is no network, so functions connect directly.'],
];

/** Describes what does not work if a resource has an unsupported type. */
export function describeConsequence(type: string): string {
  const found = CONSEQUENCES.find(([prefix]) => type.startsWith(prefix));
  return found?.[1] ?? `Calls to ${type.split('::')[1] ?? type} fail.`;
}

const lowerCaseName: Getter = (resource) => resource.name.toLowerCase();
const poolId: Getter = (pool) =>
  `${pool.deployment.region}_${pool.deployment.createId(pool.logicalId, 9, 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefgh123456789')}`;
const topicArn = createArnGetter('sns', '');
const activityArn = createArnGetter('states', 'activity:');
const bucketHost =
  (host: (region: string) => string): Getter =>
  (bucket) =>
    `${lowerCaseName(bucket)}.${host(bucket.deployment.region)}.${bucket.deployment.urlSuffix}`;

/** Placeholders for unsupported types whose return values are used in public templates. */
const KNOWN: Readonly<Record<string, ResourceType>> = {
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    maxNameLength: 256,
    ref: topicArn,
    attributes: { TopicArn: topicArn, TopicName: getName },
  },
  'AWS::StepFunctions::Activity': {
    nameProperty: 'Name',
    maxNameLength: 80,
    ref: activityArn,
    attributes: { Arn: activityArn, Name: getName },
  },
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    maxNameLength: 63,
    ref: lowerCaseName,
    attributes: {
      Arn: (bucket) => `arn:${bucket.deployment.partition}:s3:::${lowerCaseName(bucket)}`,
      DomainName: bucketHost(() => 's3'),
      RegionalDomainName: bucketHost((region) => `s3.${region}`),
      DualStackDomainName: bucketHost((region) => `s3.dualstack.${region}`),
      WebsiteURL: (bucket) => `http://${bucketHost((region) => `s3-website-${region}`)(bucket)}`,
    },
  },
  'AWS::Cognito::UserPool': {
    ref: poolId,
    attributes: {
      UserPoolId: poolId,
      Arn: (pool) => pool.deployment.formatArn('cognito-idp', `userpool/${poolId(pool)}`),
      ProviderName: (pool) =>
        `cognito-idp.${pool.deployment.region}.${pool.deployment.urlSuffix}/${poolId(pool)}`,
      ProviderURL: (pool) =>
        `https://cognito-idp.${pool.deployment.region}.${pool.deployment.urlSuffix}/${poolId(pool)}`,
    },
  },
  'AWS::Cognito::UserPoolClient': {
    ref: createIdGetter(26),
    attributes: { ClientId: createIdGetter(26), ClientSecret: createIdGetter(51) },
  },
};

/**
 * Returns a resource type with plausible placeholders for an unsupported resource. `Ref` returns a name. The name of the
 * attribute determines whether `Fn::GetAtt` returns an ARN, an address, an ID or a name.
 */
export function createPlaceholderType(type: string): ResourceType {
  return getOwnMember(KNOWN, type) ?? { ref: getName, attributes: {} };
}

/** Creates a getter that returns a plausible value for an unknown attribute. */
export function createPlaceholderAttribute(type: string, attribute: string): Getter {
  // `AWS::SERVICE::KIND` or `Custom::KIND`
  const [service = '', kind = ''] = type
    .toLowerCase()
    .replace(/^aws::/, '')
    .split('::');
  if (/arn$/i.test(attribute)) return createArnGetter(service, `${kind}/`);
  if (/(?:url|uri|endpoint)$/i.test(attribute)) return (resource) => `https://${host(resource, service)}`;
  if (/(?:domain|domainname|address|host)$/i.test(attribute)) return (resource) => host(resource, service);
  if (/id$/i.test(attribute)) return createIdGetter(12);
  return getName;
}

function host({ deployment, logicalId }: Parameters<Getter>[0], service: string): string {
  return `${deployment.createId(logicalId, 10)}.${service}.${deployment.region}.${deployment.urlSuffix}`;
}
