import type { JsonObject } from '../core/service';
import { equal } from './conditions';
import { entryOf, type FoundIndex, INDEX_KINDS, type IndexKind, indexesOf } from './indexes';
import { itemBytes } from './sizes';
import type { Index, Item, Table } from './types';

/** Units by table, and in it by what they went to: the table itself or one of its indexes. */
interface TableUnits extends Record<IndexKind, Record<string, number>> {
  table: number;
}

/**
 * Counts the capacity one request consumes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export class Capacity {
  private readonly tables = new Map<string, TableUnits>();

  /** A transaction costs twice, and tells read or write units apart (`kind`). */
  constructor(
    private readonly wanted: unknown,
    private readonly kind?: 'ReadCapacityUnits' | 'WriteCapacityUnits',
  ) {}

  private get factor(): number {
    return this.kind ? 2 : 1;
  }

  /** Reading `bytes` at once from a table or an index of it. */
  addRead(table: Table, bytes: number, consistent: boolean, index?: FoundIndex): void {
    if (!this.isWanted()) return;
    const units = Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5) * this.factor;
    const entry = this.entry(table);
    if (index) addTo(entry, index, units);
    else entry.table += units;
  }

  /** Writing an item, and its entries in the indexes as far as they change. */
  addWrite(table: Table, before: Item | undefined, after: Item | undefined): void {
    if (!this.isWanted()) return;
    const entry = this.entry(table);
    entry.table += Math.max(1, writeUnits(before), writeUnits(after)) * this.factor;
    for (const found of indexesOf(table)) {
      const { index } = found;
      const units = indexUnits(entryOf(table, index, before), entryOf(table, index, after), index);
      if (units > 0) addTo(entry, found, units * this.factor);
    }
  }

  /** `ConsumedCapacity` of the reply by table, as far as the request asked for it. */
  list(): JsonObject[] {
    return [...this.tables].map(([TableName, units]) => {
      const indexes = [
        ...Object.values(units.GlobalSecondaryIndexes),
        ...Object.values(units.LocalSecondaryIndexes),
      ];
      const total = indexes.reduce((sum, each) => sum + each, units.table);
      const detail = this.wanted === 'INDEXES' ? this.detail(units) : {};
      return { TableName, ...this.figures(total), ...detail };
    });
  }

  /** The member `ConsumedCapacity` of a reply about one table. */
  one(): JsonObject {
    const [only] = this.list();
    return only ? { ConsumedCapacity: only } : {};
  }

  /** The member `ConsumedCapacity` of a reply about several tables. */
  all(): JsonObject {
    return this.isWanted() ? { ConsumedCapacity: this.list() } : {};
  }

  private detail(units: TableUnits): JsonObject {
    const detail: JsonObject = { Table: this.figures(units.table) };
    for (const kind of INDEX_KINDS) {
      const indexes = Object.entries(units[kind]).map(([name, each]) => [name, this.figures(each)]);
      if (indexes.length > 0) detail[kind] = Object.fromEntries(indexes);
    }
    return detail;
  }

  private figures(units: number): JsonObject {
    return { CapacityUnits: units, ...(this.kind && { [this.kind]: units }) };
  }

  private isWanted(): boolean {
    return this.wanted === 'TOTAL' || this.wanted === 'INDEXES';
  }

  private entry({ TableName }: Table): TableUnits {
    let entry = this.tables.get(TableName);
    if (!entry) {
      entry = { table: 0, GlobalSecondaryIndexes: {}, LocalSecondaryIndexes: {} };
      this.tables.set(TableName, entry);
    }
    return entry;
  }
}

function addTo(units: TableUnits, { kind, index: { IndexName: name } }: FoundIndex, more: number): void {
  units[kind][name] = (units[kind][name] ?? 0) + more;
}

function writeUnits(item: Item | undefined): number {
  return item ? Math.ceil(itemBytes(item) / 1024) : 0;
}

/** A changed key costs a delete and a put; an entry that stays as it is costs nothing. */
function indexUnits(before: Item | undefined, after: Item | undefined, { KeySchema }: Index): number {
  if (!before || !after) return writeUnits(before) + writeUnits(after);
  if (equal({ M: before }, { M: after })) return 0;
  const moved = KeySchema.some(({ AttributeName: name }) => !equal(before[name], after[name]));
  return moved ? writeUnits(before) + writeUnits(after) : Math.max(writeUnits(before), writeUnits(after));
}
