import type { JsonObject } from '../../core/service';
import { INDEX_KINDS, type IndexKind, listIndexes, type TableIndex, toIndexEntry } from '../schema/indexes';
import { itemBytes } from '../schema/sizes';
import type { Index, Item, Table } from '../types';
import { areEqual } from './conditions';

/** The units that a table and its indexes consumed. */
interface TableUnits extends Record<IndexKind, Record<string, number>> {
  table: number;
}

/**
 * Counts the capacity that one request consumes.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export class Capacity {
  private readonly tables = new Map<string, TableUnits>();

  /** @param kind - set for transactions. They consume twice the capacity and report read and write units separately. */
  constructor(
    private readonly requested: unknown,
    private readonly kind?: 'ReadCapacityUnits' | 'WriteCapacityUnits',
  ) {}

  private get factor(): number {
    return this.kind ? 2 : 1;
  }

  /** Adds a read of `bytes` from the table, or from `index` if given. */
  addRead(table: Table, bytes: number, consistent: boolean, index?: TableIndex): void {
    if (!this.isRequested()) return;
    const units = Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5) * this.factor;
    const entry = this.unitsOf(table);
    if (index) addIndexUnits(entry, index, units);
    else entry.table += units;
  }

  /** Adds the write of an item and of the changed index entries. */
  addWrite(table: Table, before: Item | undefined, after: Item | undefined): void {
    if (!this.isRequested()) return;
    const entry = this.unitsOf(table);
    entry.table += Math.max(1, writeUnits(before), writeUnits(after)) * this.factor;
    for (const tableIndex of listIndexes(table)) {
      const { index } = tableIndex;
      const units = indexWriteUnits(
        toIndexEntry(table, index, before),
        toIndexEntry(table, index, after),
        index,
      );
      if (units > 0) addIndexUnits(entry, tableIndex, units * this.factor);
    }
  }

  /** Returns one `ConsumedCapacity` entry per table, with the level of detail that the request specifies. */
  toList(): JsonObject[] {
    return [...this.tables].map(([TableName, units]) => {
      const indexes = [
        ...Object.values(units.GlobalSecondaryIndexes),
        ...Object.values(units.LocalSecondaryIndexes),
      ];
      const total = indexes.reduce((sum, each) => sum + each, units.table);
      const detail = this.requested === 'INDEXES' ? this.indexDetail(units) : {};
      return { TableName, ...this.toUnitMembers(total), ...detail };
    });
  }

  /** Returns the `ConsumedCapacity` member of a response that covers one table. */
  forOneTable(): JsonObject {
    const [only] = this.toList();
    return only ? { ConsumedCapacity: only } : {};
  }

  /** Returns the `ConsumedCapacity` member of a response that covers several tables. */
  forAllTables(): JsonObject {
    return this.isRequested() ? { ConsumedCapacity: this.toList() } : {};
  }

  private indexDetail(units: TableUnits): JsonObject {
    const detail: JsonObject = { Table: this.toUnitMembers(units.table) };
    for (const kind of INDEX_KINDS) {
      const indexes = Object.entries(units[kind]).map(([name, each]) => [name, this.toUnitMembers(each)]);
      if (indexes.length > 0) detail[kind] = Object.fromEntries(indexes);
    }
    return detail;
  }

  private toUnitMembers(units: number): JsonObject {
    return { CapacityUnits: units, ...(this.kind && { [this.kind]: units }) };
  }

  private isRequested(): boolean {
    return this.requested === 'TOTAL' || this.requested === 'INDEXES';
  }

  private unitsOf({ TableName }: Table): TableUnits {
    let entry = this.tables.get(TableName);
    if (!entry) {
      entry = { table: 0, GlobalSecondaryIndexes: {}, LocalSecondaryIndexes: {} };
      this.tables.set(TableName, entry);
    }
    return entry;
  }
}

function addIndexUnits(
  units: TableUnits,
  { kind, index: { IndexName: name } }: TableIndex,
  added: number,
): void {
  units[kind][name] = (units[kind][name] ?? 0) + added;
}

function writeUnits(item: Item | undefined): number {
  return item ? Math.ceil(itemBytes(item) / 1024) : 0;
}

/**
 * Returns the units of an index update. A changed index key consumes the capacity of a delete and a put. An unchanged entry
 * consumes none.
 */
function indexWriteUnits(before: Item | undefined, after: Item | undefined, { KeySchema }: Index): number {
  if (!before || !after) return writeUnits(before) + writeUnits(after);
  if (areEqual({ M: before }, { M: after })) return 0;
  const moved = KeySchema.some(({ AttributeName: name }) => !areEqual(before[name], after[name]));
  return moved ? writeUnits(before) + writeUnits(after) : Math.max(writeUnits(before), writeUnits(after));
}
