import type { Problems } from '../template/problems';
import type { PropertyMap, SupportedKeys } from '../template/property-map';
import { createArnGetter, getName, type ResourceType, SIMPLE_TABLE, TABLE } from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { StackResource } from '../template/stack/stack-resource';
import type { StreamModel, TableModel } from './model';
import { validateCreateTable } from './schema/create-table';

const CAPACITY = 'The runtime does not emulate capacity limits.';

const getTableArn = createArnGetter('dynamodb', 'table/');

const TABLE_TYPE: ResourceType = {
  nameProperty: 'TableName',
  maxNameLength: 255,
  ref: getName,
  attributes: {
    Arn: getTableArn,
    // AWS uses the time when the stream was enabled.
    StreamArn: (table) => `${getTableArn(table)}/stream/2024-01-01T00:00:00.000`,
  },
};

/** The resource types and models of tables. */
export const dynamoDbTemplate: ServiceTemplate<{ readonly tables: readonly TableModel[] }> = {
  types: { [TABLE]: TABLE_TYPE, [SIMPLE_TABLE]: TABLE_TYPE },
  createModels: (stack) => ({
    tables: [
      ...stack
        .listResourcesOf(TABLE)
        .map((table) => checkTable(createTableModel(table), table, stack.problems)),
      ...stack.listResourcesOf(SIMPLE_TABLE).map(createSimpleTableModel),
    ],
  }),
};

/** Reports tables that DynamoDB would reject, for example because no key uses a defined attribute. */
function checkTable(model: TableModel, { location }: StackResource, problems: Problems): TableModel {
  // Missing and invalid properties have already been reported.
  if (problems.hasErrorsBelow(location)) return model;
  try {
    validateCreateTable(structuredClone(model.createTable));
  } catch (error) {
    problems.add(location, (error as Error).message);
  }
  return model;
}

const KEYS: SupportedKeys = {
  emulated: [
    ...['TableName', 'KeySchema', 'AttributeDefinitions', 'BillingMode', 'ProvisionedThroughput'],
    ...['GlobalSecondaryIndexes', 'LocalSecondaryIndexes', 'TimeToLiveSpecification', 'StreamSpecification'],
  ],
  inert: [
    ...[
      'PointInTimeRecoverySpecification',
      'SSESpecification',
      'DeletionProtectionEnabled',
      'Tags',
      'TableClass',
    ],
    ...['ContributorInsightsSpecification', 'WarmThroughput'],
  ],
  security: { ResourcePolicy: 'The policy of the table is not evaluated.' },
  unsupported: {
    KinesisStreamSpecification: 'The runtime does not emulate Kinesis. Its readers receive nothing.',
    ImportSourceSpecification: 'The runtime creates empty tables.',
    OnDemandThroughput: CAPACITY,
  },
};

const INERT_INDEX_KEYS = ['ContributorInsightsSpecification', 'WarmThroughput'];

/**
 * Creates the model of an AWS::DynamoDB::Table.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
 */
function createTableModel(resource: StackResource): TableModel {
  const { properties } = resource;
  properties.checkKeys(resource.type, KEYS);
  const ttlAttribute = readTtlAttribute(properties.getMap('TimeToLiveSpecification'));
  const provisioned = readThroughput(properties);
  const stream = readStream(resource);
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.getAttribute('Arn') ?? '',
    createTable: {
      TableName: resource.name,
      KeySchema: readKeySchema(properties),
      AttributeDefinitions: readAttributes(properties),
      BillingMode: readBillingMode(properties),
      ...(provisioned && { ProvisionedThroughput: provisioned }),
      ...readIndexes(properties, 'GlobalSecondaryIndexes', ['ProvisionedThroughput']),
      ...readIndexes(properties, 'LocalSecondaryIndexes', []),
    },
    ...(ttlAttribute === undefined ? {} : { ttlAttribute }),
    ...(stream && { stream }),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-dynamodb-table-streamspecification.html */
function readStream(table: StackResource): StreamModel | undefined {
  const specification = table.properties.getMap('StreamSpecification');
  if (!specification) return undefined;
  specification.checkKeys('StreamSpecification', {
    emulated: ['StreamViewType'],
    security: { ResourcePolicy: 'The policy of the stream is not evaluated.' },
  });
  specification.requireKey('StreamViewType');
  const viewTypes = ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'] as const;
  const viewType = specification.getEnum('StreamViewType', viewTypes) ?? 'NEW_AND_OLD_IMAGES';
  return { arn: table.getAttribute('StreamArn') ?? '', viewType };
}

/**
 * Creates the model of an AWS::Serverless::SimpleTable: a table with a partition key only.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-simpletable.html
 */
function createSimpleTableModel(resource: StackResource): TableModel {
  const { properties, logicalId, name, type } = resource;
  properties.checkKeys(type, {
    emulated: ['TableName', 'PrimaryKey', 'ProvisionedThroughput'],
    inert: ['SSESpecification', 'PointInTimeRecoverySpecification', 'Tags'],
  });
  const key = properties.getMap('PrimaryKey');
  const attribute = key?.getString('Name') ?? 'id';
  const keyType = key?.getEnum('Type', ['String', 'Number', 'Binary']) ?? 'String';
  const provisioned = readThroughput(properties);
  return {
    logicalId,
    name,
    arn: resource.getAttribute('Arn') ?? '',
    createTable: {
      TableName: name,
      KeySchema: [{ AttributeName: attribute, KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: attribute, AttributeType: keyType.slice(0, 1) }],
      BillingMode: provisioned ? 'PROVISIONED' : 'PAY_PER_REQUEST',
      ...(provisioned && { ProvisionedThroughput: provisioned }),
    },
  };
}

/**
 * Reads BillingMode. Defaults to PROVISIONED, as in CloudFormation. PROVISIONED requires ProvisionedThroughput, and
 * PAY_PER_REQUEST does not allow it.
 */
function readBillingMode(properties: PropertyMap): string {
  const mode = properties.getEnum('BillingMode', ['PAY_PER_REQUEST', 'PROVISIONED']) ?? 'PROVISIONED';
  if (mode === 'PROVISIONED') properties.requireKey('ProvisionedThroughput');
  else if (properties.has('ProvisionedThroughput')) {
    properties.addProblem('cannot be combined with BillingMode PAY_PER_REQUEST', 'ProvisionedThroughput');
  }
  return mode;
}

function readThroughput(owner: PropertyMap): Record<string, number> | undefined {
  const properties = owner.getMap('ProvisionedThroughput');
  if (!properties) return undefined;
  const members = ['ReadCapacityUnits', 'WriteCapacityUnits'];
  properties.checkKeys('ProvisionedThroughput', { emulated: members });
  return Object.fromEntries(
    members.map((key) => {
      properties.requireKey(key);
      return [key, properties.getInteger(key, 1, Number.MAX_SAFE_INTEGER) ?? 1];
    }),
  );
}

function readKeySchema(owner: PropertyMap): object[] {
  owner.requireKey('KeySchema');
  return owner.getMaps('KeySchema').map((key) => {
    key.checkKeys('KeySchema', { emulated: ['AttributeName', 'KeyType'] });
    key.requireKey('KeyType');
    return {
      AttributeName: key.requireString('AttributeName'),
      KeyType: key.getEnum('KeyType', ['HASH', 'RANGE']),
    };
  });
}

function readAttributes(properties: PropertyMap): object[] {
  properties.requireKey('AttributeDefinitions');
  return properties.getMaps('AttributeDefinitions').map((attribute) => {
    attribute.checkKeys('AttributeDefinitions', { emulated: ['AttributeName', 'AttributeType'] });
    attribute.requireKey('AttributeType');
    return {
      AttributeName: attribute.requireString('AttributeName'),
      AttributeType: attribute.getEnum('AttributeType', ['S', 'N', 'B']),
    };
  });
}

function readIndexes(properties: PropertyMap, key: string, optional: string[]): object {
  if (!properties.has(key)) return {};
  const models = properties.getMaps(key).map((index) => {
    index.checkKeys(key, {
      emulated: ['IndexName', 'KeySchema', 'Projection', ...optional],
      inert: INERT_INDEX_KEYS,
      unsupported: { OnDemandThroughput: CAPACITY },
    });
    const provisioned = readThroughput(index);
    return {
      IndexName: index.requireString('IndexName'),
      KeySchema: readKeySchema(index),
      Projection: readProjection(index.requireMap('Projection')),
      ...(provisioned && { ProvisionedThroughput: provisioned }),
    };
  });
  return { [key]: models };
}

function readProjection(properties: PropertyMap): object {
  properties.checkKeys('Projection', { emulated: ['ProjectionType', 'NonKeyAttributes'] });
  const type = properties.getEnum('ProjectionType', ['ALL', 'KEYS_ONLY', 'INCLUDE']);
  return {
    ...(type === undefined ? {} : { ProjectionType: type }),
    ...(properties.has('NonKeyAttributes')
      ? { NonKeyAttributes: properties.getValue('NonKeyAttributes') }
      : {}),
  };
}

function readTtlAttribute(properties: PropertyMap | undefined): string | undefined {
  properties?.checkKeys('TimeToLiveSpecification', { emulated: ['AttributeName', 'Enabled'] });
  properties?.requireKey('Enabled');
  return properties?.getBoolean('Enabled') ? properties.requireString('AttributeName') : undefined;
}
