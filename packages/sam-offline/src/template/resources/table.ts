import type { TableModel } from '../../core/model';
import type { Members, Section } from '../section';
import type { StackResource } from '../stack/stack-resource';

const CAPACITY = 'limits of capacity are not modelled here';

const MEMBERS: Members = {
  implemented: [
    ...['TableName', 'KeySchema', 'AttributeDefinitions', 'BillingMode', 'ProvisionedThroughput'],
    ...['GlobalSecondaryIndexes', 'LocalSecondaryIndexes', 'TimeToLiveSpecification'],
  ],
  inert: [
    ...[
      'PointInTimeRecoverySpecification',
      'SSESpecification',
      'DeletionProtectionEnabled',
      'Tags',
      'TableClass',
    ],
    ...['ContributorInsightsSpecification', 'ResourcePolicy', 'WarmThroughput'],
  ],
  refused: {
    StreamSpecification: 'streams are not available here',
    KinesisStreamSpecification: 'streams are not available here',
    ImportSourceSpecification: 'tables start empty here',
    OnDemandThroughput: CAPACITY,
  },
};

const INDEX_INERT = ['ContributorInsightsSpecification', 'WarmThroughput'];

/**
 * AWS::DynamoDB::Table.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
 */
export function tableModel(resource: StackResource): TableModel {
  const { properties } = resource;
  properties.allow(resource.type, MEMBERS);
  const ttlAttribute = ttl(properties.section('TimeToLiveSpecification'));
  const provisioned = throughput(properties);
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.attribute('Arn') ?? '',
    createTable: {
      TableName: resource.name,
      KeySchema: keySchema(properties),
      AttributeDefinitions: attributes(properties),
      BillingMode: billingMode(properties),
      ...(provisioned && { ProvisionedThroughput: provisioned }),
      ...indexes(properties, 'GlobalSecondaryIndexes', ['ProvisionedThroughput']),
      ...indexes(properties, 'LocalSecondaryIndexes', []),
    },
    ...(ttlAttribute === undefined ? {} : { ttlAttribute }),
  };
}

/** CloudFormation's default is PROVISIONED, which needs a throughput; PAY_PER_REQUEST must not have one. */
function billingMode(properties: Section): string {
  const mode = properties.oneOf('BillingMode', ['PAY_PER_REQUEST', 'PROVISIONED']) ?? 'PROVISIONED';
  if (mode === 'PROVISIONED') properties.require('ProvisionedThroughput');
  else if (properties.has('ProvisionedThroughput')) {
    properties.problem('a table with BillingMode PAY_PER_REQUEST has no throughput', 'ProvisionedThroughput');
  }
  return mode;
}

function throughput(owner: Section): Record<string, number> | undefined {
  const section = owner.section('ProvisionedThroughput');
  if (!section) return undefined;
  const members = ['ReadCapacityUnits', 'WriteCapacityUnits'];
  section.allow('ProvisionedThroughput', { implemented: members });
  return Object.fromEntries(
    members.map((key) => {
      section.require(key);
      return [key, section.integer(key, 1, Number.MAX_SAFE_INTEGER) ?? 1];
    }),
  );
}

function keySchema(owner: Section): object[] {
  owner.require('KeySchema');
  return owner.sections('KeySchema').map((key) => {
    key.allow('KeySchema', { implemented: ['AttributeName', 'KeyType'] });
    key.require('KeyType');
    return {
      AttributeName: key.requiredString('AttributeName'),
      KeyType: key.oneOf('KeyType', ['HASH', 'RANGE']),
    };
  });
}

function attributes(properties: Section): object[] {
  properties.require('AttributeDefinitions');
  return properties.sections('AttributeDefinitions').map((attribute) => {
    attribute.allow('AttributeDefinitions', { implemented: ['AttributeName', 'AttributeType'] });
    attribute.require('AttributeType');
    return {
      AttributeName: attribute.requiredString('AttributeName'),
      AttributeType: attribute.oneOf('AttributeType', ['S', 'N', 'B']),
    };
  });
}

function indexes(properties: Section, key: string, optional: string[]): object {
  if (!properties.has(key)) return {};
  const models = properties.sections(key).map((index) => {
    index.allow(key, {
      implemented: ['IndexName', 'KeySchema', 'Projection', ...optional],
      inert: INDEX_INERT,
      refused: { OnDemandThroughput: CAPACITY },
    });
    const provisioned = throughput(index);
    return {
      IndexName: index.requiredString('IndexName'),
      KeySchema: keySchema(index),
      Projection: projection(index.requiredSection('Projection')),
      ...(provisioned && { ProvisionedThroughput: provisioned }),
    };
  });
  return { [key]: models };
}

function projection(section: Section): object {
  section.allow('Projection', { implemented: ['ProjectionType', 'NonKeyAttributes'] });
  const type = section.oneOf('ProjectionType', ['ALL', 'KEYS_ONLY', 'INCLUDE']);
  return {
    ...(type === undefined ? {} : { ProjectionType: type }),
    ...(section.has('NonKeyAttributes') ? { NonKeyAttributes: section.plain('NonKeyAttributes') } : {}),
  };
}

function ttl(section: Section | undefined): string | undefined {
  section?.allow('TimeToLiveSpecification', { implemented: ['AttributeName', 'Enabled'] });
  section?.require('Enabled');
  return section?.boolean('Enabled') ? section.requiredString('AttributeName') : undefined;
}
