import { createHash } from 'node:crypto';
import type { TableModel } from '../../core/model';
import { AwsError, type JsonObject, UnsupportedError, UsageError } from '../../core/service';
import { validateInput } from '../engine/validation';
import { stableJson } from '../stable-json';
import { keyPrefixes } from '../storage/keys';
import type { Store } from '../storage/store';
import type { Index, StoreOperation, Table } from '../types';

/** Members of CreateTable that make no difference on one machine. */
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

/** The tables of the template, by name. */
export class Tables {
  private readonly byName: ReadonlyMap<string, Table>;

  private constructor(tables: readonly Table[]) {
    this.byName = new Map(tables.map((table) => [table.TableName, table]));
  }

  /**
   * The tables of `models`; those the store does not have yet are made, and are ACTIVE at once.
   *
   * @throws UsageError if a table in the store has other keys or indexes than the template gives it
   */
  static async open(models: readonly TableModel[], store: Store): Promise<Tables> {
    const stored = await store.read<Table>(models.map(({ name }) => keyPrefixes.table + name));
    const made: StoreOperation[] = [];
    const tables = models.map((model, i) => {
      const wanted = createDescription(model);
      const found = stored[i];
      if (found) {
        assertSameSchema(found, wanted);
        return { ...wanted, CreationDateTime: found.CreationDateTime };
      }
      made.push({ type: 'put', key: keyPrefixes.table + model.name, value: wanted });
      return wanted;
    });
    await store.commit(made);
    return new Tables(tables);
  }

  /** @throws AwsError `ResourceNotFoundException` */
  get(name: string, message = 'Requested resource not found'): Table {
    const table = this.byName.get(name);
    if (!table) throw new AwsError('ResourceNotFoundException', message);
    return table;
  }

  /** DescribeTable. As on AWS, ItemCount and TableSizeBytes are not up to date; here they are always 0. */
  describe(input: JsonObject): JsonObject {
    const name = requiredName(input);
    return {
      Table: structuredClone(this.get(name, `Requested resource not found: Table: ${name} not found`)),
    };
  }

  /** ListTables, in pages of `Limit` (default and maximum 100). */
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

/** `TableName` of an action's input. */
export function requiredName({ TableName }: JsonObject): string {
  if (typeof TableName === 'string' && TableName !== '') return TableName;
  throw new AwsError(
    'ValidationException',
    `The parameter 'TableName' is required but was not present in the request`,
  );
}

/** The table as DescribeTable shows it. */
function createDescription({ name, arn, createTable, logicalId }: TableModel): Table {
  for (const member of Object.keys(createTable)) {
    if (SUPPORTED_MEMBERS.has(member) || IGNORED_MEMBERS.has(member)) continue;
    throw new UnsupportedError(
      `${logicalId}: ${member} of a DynamoDB table is not supported by the local runtime`,
    );
  }
  const wanted = { ...structuredClone(createTable), TableName: name };
  let data: JsonObject;
  try {
    data = validateInput('CreateTable', wanted);
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

function describeThroughput(given: unknown): JsonObject {
  return {
    NumberOfDecreasesToday: 0,
    ReadCapacityUnits: 0,
    WriteCapacityUnits: 0,
    ...(given as object | undefined),
  };
}

/** A UUID that stays the same from run to run. */
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

function assertSameSchema(found: Table, wanted: Table): void {
  const differing = [
    'KeySchema',
    'AttributeDefinitions',
    'GlobalSecondaryIndexes',
    'LocalSecondaryIndexes',
  ].filter((part) => canonicalSchema(found[part]) !== canonicalSchema(wanted[part]));
  if (differing.length === 0) return;
  throw new UsageError(
    `The table ${wanted.TableName} in the data directory has another ${differing.join(' and ')} than the template ` +
      'gives it. Start with another data directory, or delete this one to begin anew.',
  );
}

/** What matters of a list of attributes or indexes, whatever order the template has them in. */
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
