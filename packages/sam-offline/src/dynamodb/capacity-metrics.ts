import type { OpenMetric, RecordValue } from '../core/metrics';
import { AwsError, type JsonObject } from '../core/service';

type Kind = 'Read' | 'Write';
type Handler = (input: JsonObject) => JsonObject | Promise<JsonObject>;
type Units = { readonly CapacityUnits: number };

/**
 * An entry of `ConsumedCapacity` in a response. Contains separate values for table and indexes only if the request sets
 * `ReturnConsumedCapacity` to `INDEXES`.
 */
interface ConsumedCapacity extends Units {
  readonly TableName: string;
  readonly Table?: Units;
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, Units>>;
  readonly LocalSecondaryIndexes?: Readonly<Record<string, Units>>;
}

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['BatchGetItem', 'Read'],
  ['GetItem', 'Read'],
  ['Query', 'Read'],
  ['Scan', 'Read'],
  ['TransactGetItems', 'Read'],
  ['BatchWriteItem', 'Write'],
  ['DeleteItem', 'Write'],
  ['PutItem', 'Write'],
  ['TransactWriteItems', 'Write'],
  ['UpdateItem', 'Write'],
]);

/**
 * Records the consumed capacity as metrics of tables and global indexes.
 *
 * On AWS, a write also consumes capacity if its condition fails. The error does not contain the consumed units, so one unit is
 * recorded. This is the capacity for an item of up to 1 KB.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export class CapacityMetrics {
  private readonly recorders = new Map<string, RecordValue>();

  constructor(private readonly openMetric: OpenMetric) {}

  /** Runs an action and records its consumed capacity. Returns the response. */
  async run(action: string, input: JsonObject, handler: Handler): Promise<JsonObject> {
    const kind = KINDS.get(action);
    if (!kind) return await handler(input);
    const isRequested = [undefined, null, 'NONE'].every((none) => input.ReturnConsumedCapacity !== none);
    try {
      const output = await handler(isRequested ? input : { ...input, ReturnConsumedCapacity: 'INDEXES' });
      const { ConsumedCapacity, ...rest } = output;
      for (const consumed of [ConsumedCapacity ?? []].flat() as ConsumedCapacity[])
        this.recordConsumed(kind, consumed);
      return isRequested ? output : rest;
    } catch (error) {
      if (error instanceof AwsError && error.code === 'ConditionalCheckFailedException')
        this.record(kind, 1, String(input.TableName));
      throw error;
    }
  }

  private recordConsumed(kind: Kind, consumed: ConsumedCapacity): void {
    const { TableName, Table = consumed, GlobalSecondaryIndexes = {}, LocalSecondaryIndexes = {} } = consumed;
    // Local indexes use the capacity of their table.
    const ofTable = [Table, ...Object.values(LocalSecondaryIndexes)];
    this.record(
      kind,
      ofTable.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0),
      TableName,
    );
    for (const [index, { CapacityUnits }] of Object.entries(GlobalSecondaryIndexes))
      this.record(kind, CapacityUnits, TableName, index);
  }

  private record(kind: Kind, units: number, TableName: string, index?: string): void {
    if (units === 0) return;
    const name = `Consumed${kind}CapacityUnits`;
    const key = `${name} ${TableName} ${index ?? ''}`;
    let recorder = this.recorders.get(key);
    if (!recorder) {
      const dimensions = { TableName, ...(index === undefined ? {} : { GlobalSecondaryIndexName: index }) };
      recorder = this.openMetric({ namespace: 'AWS/DynamoDB', name, unit: 'Count', dimensions });
      this.recorders.set(key, recorder);
    }
    recorder(units);
  }
}
