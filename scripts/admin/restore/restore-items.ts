import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { getItems } from '../../../aws/dynamodb/batch-get';
import { broadcastBudgetKey } from '../../../aws/dynamodb/broadcasts';
import { isExpired, roomKey } from '../../../aws/dynamodb/items';
import { forEachConcurrently } from '../../../aws/for-each-concurrently';
import type { ChatTables, Item } from './chat-tables';
import { restoreRoom } from './restore-room';
import { putIfAbsent } from './write-entries';

const PARALLEL_ROOMS = 8;
const PARALLEL_PUTS = 25;

/**
 * Sort keys of items that `restoreItems` skips. `restoreRoom` restores entries and their claims. The other items describe the
 * current state of budgets and connections.
 */
const LEFT_OUT = /^(entry#|send$|slow$|count$|member$|budgets$|continuation$)/;

/** Maps the prefix of a sort key to the name of the items. */
const NAMES: Record<string, string> = {
  user: 'roles and bans',
  invite: 'invites',
  session: 'sessions',
  sent: 'broadcasts',
  direct: 'direct rooms',
  idempotency: 'idempotency keys',
};

export interface Progress {
  /** Called for each room with missing data. */
  onRoom(room: string, finding: string): void;
  /** Called after each page of the restored table with the total number of items compared. */
  onPage(items: number): void;
}

/**
 * Compares each item of the restored table with the stack's table, and adds missing items if `apply` is set. Returns the number
 * of missing items of each kind, except rooms and their entries.
 */
export async function restoreItems(
  tables: ChatTables,
  apply: boolean,
  { onRoom, onPage }: Progress,
): Promise<ReadonlyMap<string, number>> {
  const { client, chatTable: TableName } = tables.restored;
  const missing = new Map<string, number>();
  let compared = 0;
  for await (const { Items = [], ScannedCount = 0 } of paginateScan({ client }, { TableName })) {
    const rooms = Items.filter(isRoom);
    await forEachConcurrently(rooms, PARALLEL_ROOMS, async (item) => {
      const finding = await restoreRoom(tables, item, apply);
      if (finding !== undefined) onRoom(String(item.room), finding);
    });
    const absent = await findAbsent(
      tables,
      Items.filter((item) => !isRoom(item) && isRestored(item)),
    );
    if (apply)
      await forEachConcurrently(
        absent,
        PARALLEL_PUTS,
        async (item) => void (await putIfAbsent(tables, item)),
      );
    for (const { sk } of absent) {
      const prefix = String(sk).split('#')[0] as string;
      const kind = NAMES[prefix] ?? prefix;
      missing.set(kind, (missing.get(kind) ?? 0) + 1);
    }
    compared += ScannedCount;
    onPage(compared);
  }
  return missing;
}

function isRoom({ pk, sk, room }: Item): boolean {
  const key = roomKey(String(room));
  return pk === key.pk && sk === key.sk;
}

function isRestored(item: Item): boolean {
  const { pk, sk } = broadcastBudgetKey;
  if (item.pk === pk && item.sk === sk) return false;
  return !LEFT_OUT.test(String(item.sk)) && !isExpired(item, Date.now());
}

async function findAbsent({ live }: ChatTables, items: readonly Item[]): Promise<Item[]> {
  const keyOf = ({ pk, sk }: Item) => ({ pk, sk });
  const found = await getItems(live.client, live.chatTable, items.map(keyOf), { ConsistentRead: true });
  const keys = new Set(found.map((item) => JSON.stringify(keyOf(item))));
  return items.filter((item) => !keys.has(JSON.stringify(keyOf(item))));
}
