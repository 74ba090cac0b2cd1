import {
  createArnGetter,
  createIdGetter,
  getName,
  type NamedResource,
  type ResourceType,
} from './resource-types';

/** CloudFormation generates bucket names in lower case. */
const getBucketName = (resource: NamedResource) => resource.name.toLowerCase();
const createBucketHostGetter = (getHost: (region: string) => string) => (resource: NamedResource) =>
  `${getBucketName(resource)}.${getHost(resource.deployment.region)}.${resource.deployment.urlSuffix}`;

/** CloudFront IDs are in upper case. */
const getCloudFrontId = (resource: NamedResource) =>
  `E${resource.deployment.createId(resource.logicalId, 13).toUpperCase()}`;
const CLOUDFRONT_POLICY: ResourceType = { ref: getCloudFrontId, attributes: { Id: getCloudFrontId } };
const getCloudFrontFunctionArn = (resource: NamedResource) =>
  resource.deployment.formatGlobalArn('cloudfront', `function/${resource.name}`);

/** IAM ARNs contain the path of the role or policy. */
const createIamArnGetter = (kind: string) => (resource: NamedResource) =>
  resource.deployment.formatGlobalArn('iam', `${kind}${resource.getProperty('Path') ?? '/'}${resource.name}`);

/** A type without specific attributes. */
const GENERIC: ResourceType = { ref: getName, attributes: { Id: getName } };

/**
 * The resource types that the runtime accepts but does not emulate, for permissions, logs, metrics, alarms and hosting.
 * Other resources can refer to them.
 */
export const INERT_TYPES: Readonly<Record<string, ResourceType>> = {
  'AWS::Lambda::Permission': GENERIC,
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    maxNameLength: 64,
    ref: getName,
    attributes: {
      Arn: createIamArnGetter('role'),
      RoleId: ({ deployment, logicalId }) => `AROA${deployment.createId(logicalId, 17).toUpperCase()}`,
    },
  },
  'AWS::IAM::Policy': { nameProperty: 'PolicyName', ref: getName, attributes: { Id: getName } },
  'AWS::IAM::ManagedPolicy': {
    nameProperty: 'ManagedPolicyName',
    maxNameLength: 128,
    ref: createIamArnGetter('policy'),
    attributes: { PolicyArn: createIamArnGetter('policy') },
  },
  'AWS::SQS::QueuePolicy': GENERIC,
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    maxNameLength: 256,
    ref: createArnGetter('sns', ''),
    attributes: { TopicArn: createArnGetter('sns', ''), TopicName: getName },
  },
  'AWS::SNS::TopicPolicy': GENERIC,
  'AWS::SNS::Subscription': {
    ref: createArnGetter('sns', ''),
    attributes: { Arn: createArnGetter('sns', '') },
  },
  'AWS::Events::EventBusPolicy': GENERIC,
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    maxNameLength: 512,
    ref: getName,
    attributes: { Arn: createArnGetter('logs', 'log-group:', ':*') },
  },
  'AWS::Logs::ResourcePolicy': { nameProperty: 'PolicyName', ref: getName, attributes: {} },
  'AWS::Logs::QueryDefinition': {
    ref: createIdGetter(32),
    attributes: { QueryDefinitionId: createIdGetter(32) },
  },
  'AWS::Logs::MetricFilter': { nameProperty: 'FilterName', ref: getName, attributes: {} },
  'AWS::CloudWatch::Alarm': {
    nameProperty: 'AlarmName',
    ref: getName,
    attributes: { Arn: createArnGetter('cloudwatch', 'alarm:') },
  },
  'AWS::CloudWatch::CompositeAlarm': {
    nameProperty: 'AlarmName',
    ref: getName,
    attributes: { Arn: createArnGetter('cloudwatch', 'alarm:') },
  },
  'AWS::CloudWatch::Dashboard': { nameProperty: 'DashboardName', ref: getName, attributes: {} },
  'AWS::XRay::Group': {
    nameProperty: 'GroupName',
    maxNameLength: 32,
    ref: createArnGetter('xray', 'group/'),
    attributes: { GroupARN: createArnGetter('xray', 'group/') },
  },
  'AWS::XRay::SamplingRule': {
    nameProperty: 'RuleName',
    maxNameLength: 32,
    ref: createArnGetter('xray', 'sampling-rule/'),
    attributes: { RuleARN: createArnGetter('xray', 'sampling-rule/') },
  },
  'AWS::XRay::ResourcePolicy': { nameProperty: 'PolicyName', ref: getName, attributes: {} },
  // Sets the role with which API Gateway writes logs.
  'AWS::ApiGateway::Account': GENERIC,
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    maxNameLength: 63,
    ref: getBucketName,
    attributes: {
      Arn: (resource) => `arn:${resource.deployment.partition}:s3:::${getBucketName(resource)}`,
      DomainName: createBucketHostGetter(() => 's3'),
      RegionalDomainName: createBucketHostGetter((region) => `s3.${region}`),
      DualStackDomainName: createBucketHostGetter((region) => `s3.dualstack.${region}`),
    },
  },
  'AWS::S3::BucketPolicy': GENERIC,
  'AWS::CloudFront::Distribution': {
    ref: getCloudFrontId,
    attributes: {
      Id: getCloudFrontId,
      DomainName: ({ deployment, logicalId }) => `d${deployment.createId(logicalId, 13)}.cloudfront.net`,
    },
  },
  'AWS::CloudFront::OriginAccessControl': CLOUDFRONT_POLICY,
  'AWS::CloudFront::ResponseHeadersPolicy': CLOUDFRONT_POLICY,
  'AWS::CloudFront::CachePolicy': CLOUDFRONT_POLICY,
  'AWS::CloudFront::OriginRequestPolicy': CLOUDFRONT_POLICY,
  'AWS::CloudFront::Function': {
    nameProperty: 'Name',
    maxNameLength: 64,
    ref: getCloudFrontFunctionArn,
    attributes: {
      FunctionARN: getCloudFrontFunctionArn,
      'FunctionMetadata.FunctionARN': getCloudFrontFunctionArn,
    },
  },
  // The runtime serves the current routes, as on a stage with AutoDeploy.
  'AWS::ApiGatewayV2::Deployment': {
    ref: createIdGetter(6),
    attributes: { DeploymentId: createIdGetter(6) },
  },
};
