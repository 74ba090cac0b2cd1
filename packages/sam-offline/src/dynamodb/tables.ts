import { createHash } from 'node:crypto';
import type { TableModel } from '../core/model';
import { AwsError, type JsonObject, UnsupportedError, UsageError } from '../core/service';
import { check } from './engine';
import { stableJson } from './json';
import { prefixes } from './keys';
import type { Store } from './store';
import type { Index, Operation, Table } from './types';

/** Members of CreateTable that make no difference on one machine. */
const WITHOUT_EFFECT = new Set([
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

const KNOWN = new Set([
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
    const stored = await store.read<Table>(models.map(({ name }) => prefixes.table + name));
    const made: Operation[] = [];
    const tables = models.map((model, i) => {
      const wanted = describe(model);
      const found = stored[i];
      if (found) {
        assertSameSchema(found, wanted);
        return { ...wanted, CreationDateTime: found.CreationDateTime };
      }
      made.push({ type: 'put', key: prefixes.table + model.name, value: wanted });
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
function describe({ name, arn, createTable, logicalId }: TableModel): Table {
  for (const member of Object.keys(createTable)) {
    if (KNOWN.has(member) || WITHOUT_EFFECT.has(member)) continue;
    throw new UnsupportedError(
      `${logicalId}: ${member} of a DynamoDB table is not supported by the local runtime`,
    );
  }
  const wanted = { ...structuredClone(createTable), TableName: name };
  let data: JsonObject;
  try {
    data = check('CreateTable', wanted);
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
    TableId: uuidOf(arn),
    TableStatus: 'ACTIVE',
    CreationDateTime: Date.now() / 1000,
    ItemCount: 0,
    TableSizeBytes: 0,
    ProvisionedThroughput: throughput(ProvisionedThroughput),
    ...(BillingMode === 'PAY_PER_REQUEST' && { BillingModeSummary: { BillingMode } }),
    ...(GlobalSecondaryIndexes !== undefined && {
      GlobalSecondaryIndexes: (GlobalSecondaryIndexes as (Index & JsonObject)[]).map((index) => ({
        ...common(index),
        IndexStatus: 'ACTIVE',
        ProvisionedThroughput: throughput(index.ProvisionedThroughput),
      })),
    }),
    ...(LocalSecondaryIndexes !== undefined && {
      LocalSecondaryIndexes: (LocalSecondaryIndexes as Index[]).map(common),
    }),
  };
}

function throughput(given: unknown): JsonObject {
  return {
    NumberOfDecreasesToday: 0,
    ReadCapacityUnits: 0,
    WriteCapacityUnits: 0,
    ...(given as object | undefined),
  };
}

/** A UUID that stays the same from run to run. */
function uuidOf(text: string): string {
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
  ].filter((part) => schemaOf(found[part]) !== schemaOf(wanted[part]));
  if (differing.length === 0) return;
  throw new UsageError(
    `The table ${wanted.TableName} in the data directory has another ${differing.join(' and ')} than the template ` +
      'gives it. Start with another data directory, or delete this one to begin anew.',
  );
}

/** What matters of a list of attributes or indexes, whatever order the template has them in. */
function schemaOf(part: unknown): string {
  if (!Array.isArray(part)) return '[]';
  const entries = part.map((entry: JsonObject) =>
    entry.IndexName === undefined
      ? entry
      : { IndexName: entry.IndexName, KeySchema: entry.KeySchema, Projection: projectionOf(entry) },
  );
  return stableJson(entries.map(stableJson).sort());
}

function projectionOf(index: JsonObject): JsonObject {
  const { ProjectionType, NonKeyAttributes } = index.Projection as Index['Projection'];
  return { ProjectionType, NonKeyAttributes: [...(NonKeyAttributes ?? [])].sort() };
}
