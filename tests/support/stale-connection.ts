import { isDeepStrictEqual } from 'node:util';
import { type Client, eventually } from '../../testbed/client';
import type { StackUnderTest } from './stack';

const AGE_MS = 60_000;

/**
 * Makes a connection stale, as if API Gateway had not invoked `$disconnect`. Changes the join time of its rows, so that the
 * workflow can delete them immediately instead of after 30 seconds. The local runtime drops the connection. On a deployed
 * stack, API Gateway always invokes `$disconnect`, so this function restores the items that `$disconnect` changed.
 *
 * @param room a room for which the membership and the member count are also restored
 */
export async function makeStale(
  stack: StackUnderTest,
  client: Client,
  connectionId: string,
  room?: string,
): Promise<void> {
  const readRows = async () =>
    (await stack.scan('ConnectionsTable')).filter((row) => row.connectionId === connectionId);
  const readItems = async () =>
    (await stack.scan('ChatTable')).filter(
      (item) =>
        item.connectionId === connectionId ||
        (room !== undefined && String(item.pk).split('#').includes(room)),
    );
  const [rowsBefore, itemsBefore] = [await readRows(), await readItems()];
  if (stack.local) await stack.local.drop(connectionId);
  else {
    await client.close();
    const isDisconnected = async () =>
      (await readRows()).length === 0 &&
      (await readItems()).some((item) => item.connectionId === connectionId && item.disconnectTime);
    await eventually(isDisconnected);
    const itemsAfter = await readItems();
    for (const item of itemsBefore) {
      if (!itemsAfter.some((after) => isDeepStrictEqual(after, item))) await stack.put('ChatTable', item);
    }
  }
  for (const row of rowsBefore) {
    await stack.put('ConnectionsTable', { ...row, joinedAt: Number(row.joinedAt) - AGE_MS });
  }
}
