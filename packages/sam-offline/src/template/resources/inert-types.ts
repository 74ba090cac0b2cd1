import { arn, type Identity, id, type Named, name } from './resource-types';

/** The names CloudFormation gives to buckets are in lower case. */
const bucket = (resource: Named) => resource.name.toLowerCase();
const bucketHost = (place: (region: string) => string) => (resource: Named) =>
  `${bucket(resource)}.${place(resource.deployment.region)}.${resource.deployment.urlSuffix}`;

/** CloudFront's ids are in upper case, and its ARNs have no region. */
const edgeId = (resource: Named) => `E${resource.deployment.id(resource.logicalId, 13).toUpperCase()}`;
const edgePolicy: Identity = { ref: edgeId, attributes: { Id: edgeId } };
const edgeFunctionArn = (resource: Named) =>
  resource.deployment.globalArn('cloudfront', `function/${resource.name}`);

/** IAM's names stand in a path, `/` unless a property states one. */
const iamArn = (kind: string) => (resource: Named) =>
  resource.deployment.globalArn('iam', `${kind}${resource.property('Path') ?? '/'}${resource.name}`);

/** A resource that is only ever named: by an id, or by its generated name. */
const anonymous: Identity = { ref: name, attributes: { Id: name } };

/**
 * Resource types that exist for AWS only: who may do what, what is logged, measured and shown, who is told of an
 * alarm, what hosts files. On this machine they do nothing; other resources may still refer to them.
 */
export const INERT: Readonly<Record<string, Identity>> = {
  'AWS::Lambda::Permission': anonymous,
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    maxName: 64,
    ref: name,
    attributes: {
      Arn: iamArn('role'),
      RoleId: ({ deployment, logicalId }) => `AROA${deployment.id(logicalId, 17).toUpperCase()}`,
    },
  },
  'AWS::IAM::Policy': { nameProperty: 'PolicyName', ref: name, attributes: { Id: name } },
  'AWS::IAM::ManagedPolicy': {
    nameProperty: 'ManagedPolicyName',
    maxName: 128,
    ref: iamArn('policy'),
    attributes: { PolicyArn: iamArn('policy') },
  },
  'AWS::SQS::QueuePolicy': anonymous,
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    maxName: 256,
    ref: arn('sns', ''),
    attributes: { TopicArn: arn('sns', ''), TopicName: name },
  },
  'AWS::SNS::TopicPolicy': anonymous,
  'AWS::SNS::Subscription': { ref: arn('sns', ''), attributes: { Arn: arn('sns', '') } },
  'AWS::Events::EventBusPolicy': anonymous,
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    maxName: 512,
    ref: name,
    attributes: { Arn: arn('logs', 'log-group:', ':*') },
  },
  'AWS::Logs::ResourcePolicy': { nameProperty: 'PolicyName', ref: name, attributes: {} },
  'AWS::Logs::QueryDefinition': { ref: id(32), attributes: { QueryDefinitionId: id(32) } },
  'AWS::Logs::MetricFilter': { nameProperty: 'FilterName', ref: name, attributes: {} },
  'AWS::CloudWatch::Alarm': {
    nameProperty: 'AlarmName',
    ref: name,
    attributes: { Arn: arn('cloudwatch', 'alarm:') },
  },
  'AWS::CloudWatch::CompositeAlarm': {
    nameProperty: 'AlarmName',
    ref: name,
    attributes: { Arn: arn('cloudwatch', 'alarm:') },
  },
  'AWS::CloudWatch::Dashboard': { nameProperty: 'DashboardName', ref: name, attributes: {} },
  'AWS::XRay::Group': {
    nameProperty: 'GroupName',
    maxName: 32,
    ref: arn('xray', 'group/'),
    attributes: { GroupARN: arn('xray', 'group/') },
  },
  'AWS::XRay::SamplingRule': {
    nameProperty: 'RuleName',
    maxName: 32,
    ref: arn('xray', 'sampling-rule/'),
    attributes: { RuleARN: arn('xray', 'sampling-rule/') },
  },
  'AWS::XRay::ResourcePolicy': { nameProperty: 'PolicyName', ref: name, attributes: {} },
  // The role with which API Gateway writes its logs.
  'AWS::ApiGateway::Account': anonymous,
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    maxName: 63,
    ref: bucket,
    attributes: {
      Arn: (resource) => `arn:${resource.deployment.partition}:s3:::${bucket(resource)}`,
      DomainName: bucketHost(() => 's3'),
      RegionalDomainName: bucketHost((region) => `s3.${region}`),
      DualStackDomainName: bucketHost((region) => `s3.dualstack.${region}`),
    },
  },
  'AWS::S3::BucketPolicy': anonymous,
  'AWS::CloudFront::Distribution': {
    ref: edgeId,
    attributes: {
      Id: edgeId,
      DomainName: ({ deployment, logicalId }) => `d${deployment.id(logicalId, 13)}.cloudfront.net`,
    },
  },
  'AWS::CloudFront::OriginAccessControl': edgePolicy,
  'AWS::CloudFront::ResponseHeadersPolicy': edgePolicy,
  'AWS::CloudFront::CachePolicy': edgePolicy,
  'AWS::CloudFront::OriginRequestPolicy': edgePolicy,
  'AWS::CloudFront::Function': {
    nameProperty: 'Name',
    maxName: 64,
    ref: edgeFunctionArn,
    attributes: { FunctionARN: edgeFunctionArn, 'FunctionMetadata.FunctionARN': edgeFunctionArn },
  },
  // A snapshot of routes for a stage; here, as on a stage with AutoDeploy, the routes are always live.
  'AWS::ApiGatewayV2::Deployment': { ref: id(6), attributes: { DeploymentId: id(6) } },
};
