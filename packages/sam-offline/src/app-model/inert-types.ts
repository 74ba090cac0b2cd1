import {
  createArnGetter,
  createIdGetter,
  getName,
  type InertType,
  type NamedResource,
  PERMISSION,
  type ResourceType,
  ROLE,
} from '../template/resource-types';

/** CloudFront IDs are in upper case. */
const getCloudFrontId = (resource: NamedResource) =>
  `E${resource.deployment.createId(resource.logicalId, 13).toUpperCase()}`;
const CLOUDFRONT_POLICY: ResourceType = { ref: getCloudFrontId, attributes: { Id: getCloudFrontId } };
const getCloudFrontFunctionArn = (resource: NamedResource) =>
  resource.deployment.formatGlobalArn('cloudfront', `function/${resource.name}`);

const getCloudFrontHost = ({ deployment, logicalId }: NamedResource) =>
  `d${deployment.createId(logicalId, 13)}.cloudfront.net`;
const getRegionalHost = ({ deployment, logicalId }: NamedResource) =>
  `d-${deployment.createId(logicalId, 10)}.execute-api.${deployment.region}.${deployment.urlSuffix}`;
const getDomainArn = ({ deployment, name }: NamedResource) =>
  deployment.formatArn('apigateway', `/domainnames/${name}`);

/** IAM ARNs contain the path of the role or policy. */
const createIamArnGetter = (kind: string) => (resource: NamedResource) =>
  resource.deployment.formatGlobalArn('iam', `${kind}${resource.getProperty('Path') ?? '/'}${resource.name}`);

/** A resource type without specific attributes. */
const GENERIC: ResourceType = { ref: getName, attributes: { Id: getName } };

const named = (nameProperty: string, attributes: ResourceType['attributes'] = {}): ResourceType => ({
  nameProperty,
  ref: getName,
  attributes,
});

const getKeyArn = (resource: NamedResource) =>
  resource.deployment.formatArn('kms', `key/${resource.deployment.createId(resource.logicalId, 32)}`);

/** Resource types, grouped by the note that describes what the runtime does instead of emulating them. */
const GROUPS: readonly (readonly [note: string, types: Readonly<Record<string, ResourceType>>])[] = [
  [
    'The runtime reads them to enforce permissions.',
    {
      [PERMISSION]: GENERIC,
      [ROLE]: {
        nameProperty: 'RoleName',
        maxNameLength: 64,
        ref: getName,
        attributes: {
          Arn: createIamArnGetter('role'),
          RoleId: ({ deployment, logicalId }) => `AROA${deployment.createId(logicalId, 17).toUpperCase()}`,
        },
      },
      'AWS::IAM::Policy': named('PolicyName', { Id: getName }),
      'AWS::IAM::RolePolicy': named('PolicyName'),
      'AWS::IAM::ManagedPolicy': {
        nameProperty: 'ManagedPolicyName',
        maxNameLength: 128,
        ref: createIamArnGetter('policy'),
        attributes: { PolicyArn: createIamArnGetter('policy') },
      },
    },
  ],
  [
    'Resource policies are not evaluated. AWS services can always deliver.',
    {
      'AWS::SQS::QueuePolicy': GENERIC,
      'AWS::SNS::TopicPolicy': GENERIC,
      'AWS::Events::EventBusPolicy': GENERIC,
      'AWS::S3::BucketPolicy': GENERIC,
      'AWS::SecretsManager::ResourcePolicy': GENERIC,
    },
  ],
  [
    'Logs appear in the terminal and the console.',
    {
      'AWS::Logs::LogGroup': {
        ...named('LogGroupName', { Arn: createArnGetter('logs', 'log-group:', ':*') }),
        maxNameLength: 512,
      },
      'AWS::Logs::ResourcePolicy': named('PolicyName'),
      'AWS::Logs::QueryDefinition': {
        ref: createIdGetter(32),
        attributes: { QueryDefinitionId: createIdGetter(32) },
      },
      'AWS::Logs::MetricFilter': named('FilterName'),
      // Sets the role that API Gateway assumes to write logs.
      'AWS::ApiGateway::Account': GENERIC,
    },
  ],
  [
    'Alarms are not evaluated. Metrics appear in the console.',
    {
      'AWS::CloudWatch::Alarm': named('AlarmName', { Arn: createArnGetter('cloudwatch', 'alarm:') }),
      'AWS::CloudWatch::CompositeAlarm': named('AlarmName', { Arn: createArnGetter('cloudwatch', 'alarm:') }),
      'AWS::CloudWatch::Dashboard': named('DashboardName'),
    },
  ],
  ['Costs are not monitored. The console estimates them.', { 'AWS::Budgets::Budget': GENERIC }],
  [
    'Traces appear in the console.',
    {
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
      'AWS::XRay::ResourcePolicy': named('PolicyName'),
    },
  ],
  [
    'Clients connect to localhost directly.',
    {
      'AWS::CloudFront::Distribution': {
        ref: getCloudFrontId,
        attributes: {
          Id: getCloudFrontId,
          DomainName: getCloudFrontHost,
        },
      },
      'AWS::CloudFront::OriginAccessControl': CLOUDFRONT_POLICY,
      'AWS::CloudFront::CloudFrontOriginAccessIdentity': {
        ref: getCloudFrontId,
        attributes: {
          Id: getCloudFrontId,
          S3CanonicalUserId: ({ deployment, logicalId }) =>
            deployment.createId(logicalId, 32, '0123456789abcdef'),
        },
      },
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
      'AWS::ApiGatewayV2::DomainName': {
        nameProperty: 'DomainName',
        ref: getName,
        attributes: {
          RegionalDomainName: getRegionalHost,
          RegionalHostedZoneId: createIdGetter(14),
          DomainNameArn: getDomainArn,
        },
      },
      'AWS::ApiGateway::DomainName': {
        nameProperty: 'DomainName',
        ref: getName,
        attributes: {
          DistributionDomainName: getCloudFrontHost,
          DistributionHostedZoneId: () => 'Z2FDTNDATAQYW2',
          RegionalDomainName: getRegionalHost,
          RegionalHostedZoneId: createIdGetter(14),
          DomainNameArn: getDomainArn,
        },
      },
      'AWS::ApiGateway::BasePathMapping': GENERIC,
      'AWS::ApiGatewayV2::ApiMapping': {
        ref: createIdGetter(6),
        attributes: { ApiMappingId: createIdGetter(6) },
      },
      'AWS::CertificateManager::Certificate': {
        ref: ({ deployment, logicalId }) =>
          deployment.formatArn('acm', `certificate/${deployment.createId(logicalId, 32)}`),
        attributes: {},
      },
      'AWS::Route53::RecordSet': named('Name'),
      'AWS::Route53::RecordSetGroup': GENERIC,
      'AWS::Route53::HostedZone': { ref: createIdGetter(14), attributes: { Id: createIdGetter(14) } },
    },
  ],
  [
    'Data is not encrypted locally.',
    {
      'AWS::KMS::Key': {
        ref: createIdGetter(32),
        attributes: { Arn: getKeyArn, KeyId: createIdGetter(32) },
      },
      'AWS::KMS::Alias': named('AliasName'),
    },
  ],
  [
    'Schemas and archives do not change how events are delivered.',
    {
      'AWS::EventSchemas::Registry': GENERIC,
      'AWS::EventSchemas::Schema': GENERIC,
      'AWS::EventSchemas::Discoverer': GENERIC,
      'AWS::Events::Archive': named('ArchiveName', { Arn: createArnGetter('events', 'archive/') }),
    },
  ],
  [
    'Capacity is not scaled.',
    {
      'AWS::ApplicationAutoScaling::ScalableTarget': GENERIC,
      'AWS::ApplicationAutoScaling::ScalingPolicy': GENERIC,
    },
  ],
  [
    'It affects the deployment only.',
    {
      'AWS::CodeDeploy::Application': named('ApplicationName'),
      'AWS::CodeDeploy::DeploymentGroup': named('DeploymentGroupName'),
      'AWS::CloudFormation::WaitConditionHandle': GENERIC,
      'AWS::CloudFormation::WaitCondition': GENERIC,
      'AWS::ResourceGroups::Group': named('Name', { Arn: createArnGetter('resource-groups', 'group/') }),
      'AWS::ApplicationInsights::Application': GENERIC,
      'AWS::ServiceCatalogAppRegistry::Application': named('Name', {
        Id: createIdGetter(26),
        Arn: createArnGetter('servicecatalog', '/applications/'),
      }),
      'AWS::ServiceCatalogAppRegistry::ResourceAssociation': GENERIC,
    },
  ],
];

/**
 * The resource types that the runtime accepts but does not emulate, such as permissions, logs, metrics, alarms and hosting.
 * Other resources can refer to them.
 */
export const INERT_TYPES: Readonly<Record<string, InertType>> = Object.fromEntries(
  GROUPS.flatMap(([note, types]) => Object.entries(types).map(([type, value]) => [type, { ...value, note }])),
);
