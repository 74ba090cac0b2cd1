import { createHash, randomUUID } from 'node:crypto';
import type { StreamModel, TableModel } from '../model';
import { itemBytes } from '../schema/sizes';
import { stableJson } from '../stable-json';
import { extractKey } from '../storage/keys';
import type { Item, Table } from '../types';

/** A record in the format of GetRecords. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: string;
  readonly eventSource: string;
  readonly awsRegion: string;
  readonly dynamodb: {
    /** The time in epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: StreamModel['viewType'];
  };
  /** Set for items that TTL deletes. */
  readonly userIdentity?: { readonly PrincipalId: string; readonly Type: string };
}

/** A change to an item. `before` is undefined for new items, and `after` is undefined for deleted items. */
export interface ItemChange {
  readonly table: Table;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/** A shard of a stream. Contains the records for a subset of the partition keys, in write order. */
export interface Shard {
  readonly id: string;
  readonly startingSequenceNumber: string;
  /** The records of the last 24 hours. If the records exceed the maximum size, the oldest records are removed earlier. */
  readonly records: StreamRecord[];
  /** The sequence number of the last removed record. If no record was removed, the starting sequence number. */
  trimmedThrough: string;
  /** The total size of the records in bytes. */
  bytes: number;
}

/** The maximum total size of the records in a stream. AWS has no such limit, but the runtime keeps the records in memory. */
export const MAX_STREAM_BYTES = 64 * 1024 * 1024;

const RETENTION_SECONDS = 24 * 60 * 60;

/**
 * The number of shards of an on-demand table, one for each initial partition. A new on-demand table supports 4,000 writes per
 * second, and a partition supports 1,000:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial
 */
const ON_DEMAND_SHARDS = 4;

/**
 * The identity in records of TTL deletions:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
 */
const TTL_IDENTITY = { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' };

let lastSequenceNumber = 100_000_000_000_000_000_000n;

/**
 * The stream of a table. Contains the item changes of the last 24 hours, in order for each item, and notifies readers of new
 * records.
 */
export class TableStream {
  readonly shards: readonly Shard[];
  private readonly waiting = new Set<() => void>();

  constructor(
    readonly model: StreamModel,
    readonly table: TableModel,
    private readonly clock: () => number,
  ) {
    const isOnDemand = table.createTable.BillingMode === 'PAY_PER_REQUEST';
    this.shards = Array.from({ length: isOnDemand ? ON_DEMAND_SHARDS : 1 }, () => createShard(clock()));
  }

  /** Adds the record of a change. Ignores writes that do not change the item. */
  add({ table, before, after }: ItemChange, isExpiry: boolean): void {
    const item = after ?? before;
    if (!item || (before && after && stableJson(before) === stableJson(after))) return;
    const now = this.clock() / 1000;
    const Keys = extractKey(table, item);
    const { viewType } = this.model;
    const images = {
      ...(after && /^NEW/.test(viewType) ? { NewImage: after } : {}),
      ...(before && /OLD_/.test(viewType) ? { OldImage: before } : {}),
    };
    const shard = this.findShard(table, Keys);
    const sizes = [Keys, ...Object.values(images)].map(itemBytes);
    const SizeBytes = sizes.reduce((sum, size) => sum + size, 0);
    this.trim(shard, now, SizeBytes);
    shard.records.push({
      eventID: randomUUID().replaceAll('-', ''),
      eventName: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: this.table.arn.split(':')[3] ?? '',
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(now),
        Keys,
        ...images,
        SequenceNumber: nextSequenceNumber(),
        SizeBytes,
        StreamViewType: viewType,
      },
      ...(isExpiry ? { userIdentity: TTL_IDENTITY } : {}),
    });
    for (const wakeUp of this.waiting) wakeUp();
  }

  /** Removes all expired records. Then removes the oldest records until a record of `added` bytes fits. */
  private trim(shard: Shard, now: number, added: number): void {
    const { records } = shard;
    const maxBytes = MAX_STREAM_BYTES / this.shards.length;
    shard.bytes += added;
    for (;;) {
      const oldest = records[0]?.dynamodb;
      if (!oldest) return;
      const isExpired = now - oldest.ApproximateCreationDateTime > RETENTION_SECONDS;
      if (!isExpired && shard.bytes <= maxBytes) return;
      shard.trimmedThrough = oldest.SequenceNumber;
      shard.bytes -= oldest.SizeBytes;
      records.shift();
    }
  }

  /** Calls `wakeUp` after each new record. Call the returned function to stop watching. */
  watch(wakeUp: () => void): () => void {
    this.waiting.add(wakeUp);
    return () => this.waiting.delete(wakeUp);
  }

  /** Returns the shard for a key. All changes to items with the same partition key are in the same shard. */
  private findShard({ KeySchema }: Table, key: Item): Shard {
    const hashKey = KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
    const hash = createHash('md5').update(stableJson(key[hashKey])).digest().readUInt32BE();
    return this.shards[hash % this.shards.length] as Shard;
  }
}

function createShard(nowMs: number): Shard {
  const id = `shardId-${String(nowMs).padStart(20, '0')}-${randomUUID().slice(0, 8)}`;
  const startingSequenceNumber = nextSequenceNumber();
  return { id, startingSequenceNumber, records: [], trimmedThrough: startingSequenceNumber, bytes: 0 };
}

/** Returns a new sequence number. Sequence numbers have up to 40 digits and increase within a shard. */
function nextSequenceNumber(): string {
  lastSequenceNumber += 1n;
  return String(lastSequenceNumber);
}
