import { AwsError, type JsonObject } from '../core/service';
import type { Database } from './database';
import { deleteItemsWhere } from './items/writes';
import type { TableModel } from './model';
import { requireTableName } from './schema/tables';
import { keyPrefixes } from './storage/keys';
import type { Item, Table } from './types';

const FIVE_YEARS_SECONDS = 5 * 365 * 24 * 60 * 60;
const DELETE_BATCH_SIZE = 100;

/**
 * Deletes items when the time in their TTL attribute (a Number in epoch seconds) has passed. As on AWS, expired items stay
 * visible until the next sweep, and items that expired more than five years ago are not deleted.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
 */
export class TimeToLive {
  /** TTL attributes by table name. Changes that UpdateTimeToLive makes last until the runtime restarts. */
  private readonly attributes: Map<string, string>;

  constructor(
    private readonly database: Database,
    models: readonly TableModel[],
  ) {
    this.attributes = new Map(
      models.flatMap(({ name, ttlAttribute }) => (ttlAttribute ? [[name, ttlAttribute]] : [])),
    );
  }

  /** Handles DescribeTimeToLive. */
  describe(input: JsonObject): JsonObject {
    const AttributeName = this.attributes.get(this.requireTable(input).TableName);
    return {
      TimeToLiveDescription: AttributeName
        ? { TimeToLiveStatus: 'ENABLED', AttributeName }
        : { TimeToLiveStatus: 'DISABLED' },
    };
  }

  /** Handles UpdateTimeToLive. The change takes effect immediately. */
  update(input: JsonObject): JsonObject {
    const { TableName } = this.requireTable(input);
    const { Enabled, AttributeName } = (input.TimeToLiveSpecification ?? {}) as JsonObject;
    if (typeof Enabled !== 'boolean' || typeof AttributeName !== 'string' || AttributeName === '') {
      throw new AwsError(
        'ValidationException',
        'TimeToLiveSpecification must contain Enabled (Boolean) and AttributeName (String).',
      );
    }
    const current = this.attributes.get(TableName);
    if (Enabled === (current !== undefined) && (!Enabled || current === AttributeName)) {
      throw new AwsError('ValidationException', `TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`);
    }
    if (current !== undefined && current !== AttributeName) {
      throw new AwsError(
        'ValidationException',
        `TimeToLive is active on a different AttributeName: current AttributeName is ${current}`,
      );
    }
    if (Enabled) this.attributes.set(TableName, AttributeName);
    else this.attributes.delete(TableName);
    return { TimeToLiveSpecification: { Enabled, AttributeName } };
  }

  /** Deletes the items that have expired at `nowMs` (epoch milliseconds). Returns the number of deleted items. */
  async sweep(nowMs: number): Promise<number> {
    let deleted = 0;
    for (const [name, attribute] of this.attributes) {
      const table = this.database.tables.get(name);
      // A request may change the expiry of an item after the scan, so `deleteItemsWhere` checks the item again while holding
      // its lock.
      const expired = (item: Item) => isExpired(item, attribute, nowMs / 1000);
      let keys: string[] = [];
      for await (const [key, item] of this.database.store.entries(itemRange(table))) {
        if (expired(item as Item)) keys.push(key);
        if (keys.length < DELETE_BATCH_SIZE) continue;
        deleted += await deleteItemsWhere(this.database, table, keys, expired);
        keys = [];
      }
      if (keys.length > 0) deleted += await deleteItemsWhere(this.database, table, keys, expired);
    }
    return deleted;
  }

  private requireTable(input: JsonObject): Table {
    const name = requireTableName(input);
    return this.database.tables.get(name, `Requested resource not found: Table: ${name} not found`);
  }
}

function itemRange({ TableName }: Table): { gte: string; lte: string } {
  const prefix = keyPrefixes.item(TableName);
  return { gte: prefix, lte: `${prefix}~` };
}

function isExpired(item: Item, attribute: string, now: number): boolean {
  const value = item[attribute]?.N;
  if (value === undefined) return false;
  const expiry = Number(value);
  return expiry < now && expiry > now - FIVE_YEARS_SECONDS;
}
