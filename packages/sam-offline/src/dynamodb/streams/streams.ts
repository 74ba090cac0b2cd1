import { decodeShardIterator, encodeShardIterator } from '../../aws/shard-iterator';
import { AwsError, type JsonObject, type Service, UnsupportedError } from '../../core/service';
import type { TableModel } from '../model';
import { type ItemChange, type Shard, TableStream } from './stream';

/** The maximum number of records that GetRecords returns. */
const MAX_RECORDS = 1_000;

/** The DynamoDB Streams API. */
export interface StreamsService extends Service {
  /** Calls `wakeUp` after each new record of a stream. Call the returned function to stop watching. */
  watch(streamArn: string, wakeUp: () => void): () => void;
}

/**
 * The streams of all tables.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
 */
export class Streams implements StreamsService {
  private readonly byTable = new Map<string, TableStream>();
  private readonly byArn = new Map<string, TableStream>();

  constructor(tables: readonly TableModel[], clock: () => number) {
    for (const table of tables) {
      if (!table.stream) continue;
      const stream = new TableStream(table.stream, table, clock);
      this.byTable.set(table.name, stream);
      this.byArn.set(table.stream.arn, stream);
    }
  }

  /** Adds the records of committed writes. Call it before another write to the items can start. */
  add(changes: readonly ItemChange[], isExpiry = false): void {
    for (const change of changes) this.byTable.get(change.table.TableName)?.add(change, isExpiry);
  }

  watch(streamArn: string, wakeUp: () => void): () => void {
    return this.find(streamArn).watch(wakeUp);
  }

  async call(action: string, input: JsonObject): Promise<JsonObject> {
    switch (action) {
      case 'ListStreams':
        return this.list(input);
      case 'DescribeStream':
        return this.describe(input);
      case 'GetShardIterator':
        return this.createIterator(input);
      case 'GetRecords':
        return this.getRecords(input);
      default:
        throw new UnsupportedError(`DynamoDB Streams: the action ${action} is not supported.`);
    }
  }

  private list({ TableName }: JsonObject): JsonObject {
    const streams = [...this.byArn.values()].filter(
      ({ table }) => TableName === undefined || table.name === TableName,
    );
    return {
      Streams: streams.map(({ model, table }) => ({
        StreamArn: model.arn,
        TableName: table.name,
        StreamLabel: labelOf(model.arn),
      })),
    };
  }

  private describe({ StreamArn }: JsonObject): JsonObject {
    const { model, table, shards } = this.find(StreamArn);
    return {
      StreamDescription: {
        StreamArn: model.arn,
        StreamLabel: labelOf(model.arn),
        StreamStatus: 'ENABLED',
        StreamViewType: model.viewType,
        TableName: table.name,
        KeySchema: table.createTable.KeySchema,
        Shards: shards.map(({ id, startingSequenceNumber }) => ({
          ShardId: id,
          SequenceNumberRange: { StartingSequenceNumber: startingSequenceNumber },
        })),
      },
    };
  }

  private createIterator(input: JsonObject): JsonObject {
    const { StreamArn, ShardId, ShardIteratorType: type } = input;
    const shard = this.findShard(StreamArn, ShardId);
    const given = String(input.SequenceNumber);
    const starts: Readonly<Record<string, string>> = {
      TRIM_HORIZON: shard.trimmedThrough,
      LATEST: shard.records.at(-1)?.dynamodb.SequenceNumber ?? shard.trimmedThrough,
      AFTER_SEQUENCE_NUMBER: given,
      AT_SEQUENCE_NUMBER: /^\d+$/.test(given) ? String(BigInt(given) - 1n) : given,
    };
    const after = Object.hasOwn(starts, String(type)) ? starts[String(type)] : undefined;
    if (after === undefined || !/^\d+$/.test(after)) {
      throw new AwsError(
        'ValidationException',
        `Invalid ShardIteratorType or SequenceNumber: ${String(type)}`,
      );
    }
    requireUntrimmed(shard, after);
    return { ShardIterator: encodeShardIterator({ streamArn: String(StreamArn), shardId: shard.id, after }) };
  }

  private getRecords({ ShardIterator, Limit = MAX_RECORDS }: JsonObject): JsonObject {
    const position = decodeShardIterator(String(ShardIterator));
    if (!position) throw new AwsError('ValidationException', 'Invalid ShardIterator');
    const shard = this.findShard(position.streamArn, position.shardId);
    requireUntrimmed(shard, position.after);
    const { records } = shard;
    const after = BigInt(position.after);
    const start = findFirstAfter(records, after);
    const page = records.slice(start, start + Math.min(Number(Limit), MAX_RECORDS));
    const next = page.at(-1)?.dynamodb.SequenceNumber ?? position.after;
    return { Records: page, NextShardIterator: encodeShardIterator({ ...position, after: next }) };
  }

  private findShard(streamArn: unknown, shardId: unknown): Shard {
    const shard = this.find(streamArn).shards.find(({ id }) => id === shardId);
    if (shard) return shard;
    throw new AwsError(
      'ResourceNotFoundException',
      `Requested resource not found: Shard: ${String(shardId)} not found`,
    );
  }

  private find(streamArn: unknown): TableStream {
    const stream = this.byArn.get(String(streamArn));
    if (stream) return stream;
    throw new AwsError(
      'ResourceNotFoundException',
      `Requested resource not found: Stream: ${String(streamArn)} not found`,
    );
  }
}

/** @throws AwsError if the record after a sequence number was removed */
function requireUntrimmed({ trimmedThrough }: Shard, after: string): void {
  if (BigInt(after) >= BigInt(trimmedThrough)) return;
  throw new AwsError(
    'TrimmedDataAccessException',
    'The operation attempted to read past the oldest stream record in a shard.',
  );
}

/**
 * Returns the index of the first record after a sequence number. Uses binary search, because a shard contains the records of 24
 * hours.
 */
function findFirstAfter(records: Shard['records'], after: bigint): number {
  let first = 0;
  for (let end = records.length; first < end; ) {
    const middle = (first + end) >> 1;
    if (BigInt(records[middle]?.dynamodb.SequenceNumber ?? 0) > after) end = middle;
    else first = middle + 1;
  }
  return first;
}

function labelOf(streamArn: string): string {
  return streamArn.replace(/^.*\/stream\//, '');
}
