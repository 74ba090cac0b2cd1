import { arn, type Identity, id, type Named, name } from './identities';

/** IAM's names stand in a path, `/` unless a property states one. */
const iamArn = (kind: string) => (resource: Named) =>
  resource.deployment.globalArn('iam', `${kind}${resource.property('Path') ?? '/'}${resource.name}`);

/** A resource that is only ever named: by an id, or by its generated name. */
const anonymous: Identity = { ref: name, attributes: { Id: name } };

/**
 * Resource types that exist for AWS only: who may do what, what is logged, measured and shown, who is told of an
 * alarm. On this machine they do nothing; other resources may still refer to them.
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
  // A snapshot of routes for a stage; here, as on a stage with AutoDeploy, the routes are always live.
  'AWS::ApiGatewayV2::Deployment': { ref: id(6), attributes: { DeploymentId: id(6) } },
};
