import { createHash } from 'node:crypto';
import { AwsError, type JsonObject, UnsupportedError, UsageError } from '../../core/service';
import type { TableModel } from '../model';
import { stableJson } from '../stable-json';
import { keyPrefixes } from '../storage/keys';
import type { Store } from '../storage/store';
import type { Index, StoreOperation, Table } from '../types';
import { validateCreateTable } from './create-table';

/** Members of CreateTable that the local runtime accepts without effect. */
const IGNORED_MEMBERS = new Set([
  'ContributorInsightsSpecification',
  'DeletionProtectionEnabled',
  'OnDemandThroughput',
  'PointInTimeRecoverySpecification',
  'ResourcePolicy',
  'SSESpecification',
  'TableClass',
  'Tags',
  'WarmThroughput',
]);

const SUPPORTED_MEMBERS = new Set([
  'TableName',
  'AttributeDefinitions',
  'BillingMode',
  'GlobalSecondaryIndexes',
  'KeySchema',
  'LocalSecondaryIndexes',
  'ProvisionedThroughput',
]);

/** The tables of the template. */
export class Tables {
  private readonly byName: ReadonlyMap<string, Table>;

  private constructor(tables: readonly Table[]) {
    this.byName = new Map(tables.map((table) => [table.TableName, table]));
  }

  /**
   * Opens the tables of `models` and creates tables that the store does not contain.
   *
   * @throws UsageError if the keys or indexes of a stored table differ from the template
   */
  static async open(models: readonly TableModel[], store: Store): Promise<Tables> {
    const stored = await store.read<Table>(models.map(({ name }) => keyPrefixes.table + name));
    const created: StoreOperation[] = [];
    const tables = models.map((model, i) => {
      const expected = createDescription(model);
      const found = stored[i];
      if (found) {
        assertSameSchema(found, expected);
        return { ...expected, CreationDateTime: found.CreationDateTime };
      }
      created.push({ type: 'put', key: keyPrefixes.table + model.name, value: expected });
      return expected;
    });
    await store.commit(created);
    return new Tables(tables);
  }

  /** @throws AwsError `ResourceNotFoundException` */
  get(name: string, message = 'Requested resource not found'): Table {
    const table = this.byName.get(name);
    if (!table) throw new AwsError('ResourceNotFoundException', message);
    return table;
  }

  /** Handles DescribeTable. ItemCount and TableSizeBytes, which AWS updates only every six hours, are always 0. */
  describe(input: JsonObject): JsonObject {
    const name = requireTableName(input);
    return {
      Table: structuredClone(this.get(name, `Requested resource not found: Table: ${name} not found`)),
    };
  }

  /** Handles ListTables, in pages of `Limit` (default and maximum 100). */
  list({ Limit, ExclusiveStartTableName }: JsonObject): JsonObject {
    const limit = Limit ?? 100;
    if (typeof limit !== 'number' || limit < 1 || limit > 100) {
      throw new AwsError('ValidationException', `Value '${limit}' at 'limit' must be a number from 1 to 100`);
    }
    const after = String(ExclusiveStartTableName ?? '');
    const names = [...this.byName.keys()].sort().filter((name) => name > after);
    const page = names.slice(0, limit);
    return names.length > limit
      ? { TableNames: page, LastEvaluatedTableName: page.at(-1) }
      : { TableNames: page };
  }
}

/** Returns the `TableName` of an action. */
export function requireTableName({ TableName }: JsonObject): string {
  if (typeof TableName === 'string' && TableName !== '') return TableName;
  throw new AwsError(
    'ValidationException',
    `The parameter 'TableName' is required but was not present in the request`,
  );
}

/** Returns the table in the format of DescribeTable. */
function createDescription({ name, arn, createTable, logicalId, stream }: TableModel): Table {
  for (const member of Object.keys(createTable)) {
    if (SUPPORTED_MEMBERS.has(member) || IGNORED_MEMBERS.has(member)) continue;
    throw new UnsupportedError(
      `${logicalId}: the DynamoDB table property ${member} is not supported. Remove it from the template.`,
    );
  }
  const expected = { ...structuredClone(createTable), TableName: name };
  let data: JsonObject;
  try {
    data = validateCreateTable(expected);
  } catch (error) {
    throw new UsageError(`${logicalId}: ${(error as Error).message}`, { cause: error });
  }
  const { BillingMode, ProvisionedThroughput, GlobalSecondaryIndexes, LocalSecondaryIndexes, ...rest } = data;
  const common = (index: Index) => ({
    ...index,
    IndexArn: `${arn}/index/${index.IndexName}`,
    IndexSizeBytes: 0,
    ItemCount: 0,
  });
  return {
    ...(rest as JsonObject & Pick<Table, 'KeySchema' | 'AttributeDefinitions'>),
    TableName: name,
    TableArn: arn,
    TableId: stableUuid(arn),
    TableStatus: 'ACTIVE',
    CreationDateTime: Date.now() / 1000,
    ItemCount: 0,
    TableSizeBytes: 0,
    ProvisionedThroughput: describeThroughput(ProvisionedThroughput),
    ...(stream && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: stream.viewType },
      LatestStreamArn: stream.arn,
      LatestStreamLabel: stream.arn.replace(/^.*\/stream\//, ''),
    }),
    ...(BillingMode === 'PAY_PER_REQUEST' && { BillingModeSummary: { BillingMode } }),
    ...(GlobalSecondaryIndexes !== undefined && {
      GlobalSecondaryIndexes: (GlobalSecondaryIndexes as (Index & JsonObject)[]).map((index) => ({
        ...common(index),
        IndexStatus: 'ACTIVE',
        ProvisionedThroughput: describeThroughput(index.ProvisionedThroughput),
      })),
    }),
    ...(LocalSecondaryIndexes !== undefined && {
      LocalSecondaryIndexes: (LocalSecondaryIndexes as Index[]).map(common),
    }),
  };
}

function describeThroughput(throughput: unknown): JsonObject {
  return {
    NumberOfDecreasesToday: 0,
    ReadCapacityUnits: 0,
    WriteCapacityUnits: 0,
    ...(throughput as object | undefined),
  };
}

/** Derives a UUID from `text`, so that the ID is the same in every run. */
function stableUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

function assertSameSchema(found: Table, expected: Table): void {
  const differing = [
    'KeySchema',
    'AttributeDefinitions',
    'GlobalSecondaryIndexes',
    'LocalSecondaryIndexes',
  ].filter((part) => canonicalSchema(found[part]) !== canonicalSchema(expected[part]));
  if (differing.length === 0) return;
  throw new UsageError(
    `Table ${expected.TableName}: ${differing.join(' and ')} in the data directory differs from the template. ` +
      'Use another data directory, or delete this one to start with empty tables.',
  );
}

/** Serializes an attribute or index list. The result does not depend on the order in the template. */
function canonicalSchema(part: unknown): string {
  if (!Array.isArray(part)) return '[]';
  const entries = part.map((entry: JsonObject) =>
    entry.IndexName === undefined
      ? entry
      : { IndexName: entry.IndexName, KeySchema: entry.KeySchema, Projection: canonicalProjection(entry) },
  );
  return stableJson(entries.map(stableJson).sort());
}

function canonicalProjection(index: JsonObject): JsonObject {
  const { ProjectionType, NonKeyAttributes } = index.Projection as Index['Projection'];
  return { ProjectionType, NonKeyAttributes: [...(NonKeyAttributes ?? [])].sort() };
}
