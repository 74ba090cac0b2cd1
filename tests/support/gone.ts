import { isDeepStrictEqual } from 'node:util';
import { type Client, eventually } from './client';
import type { StackUnderTest } from './stack';

const LONG_AGO_MS = 60_000;

/**
 * Ends a connection so that nothing is told of it, as when `$disconnect`, which is best-effort, does not come; and makes
 * its rows old enough to be found gone, which on the clock takes ten seconds. The runtime drops the socket; API Gateway
 * always notices in the end, so on a deployed stack what `$disconnect` has done to the tables is undone.
 *
 * @param room the room, if any, whose members and count go with it
 */
export async function lose(
  stack: StackUnderTest,
  client: Client,
  connectionId: string,
  room?: string,
): Promise<void> {
  const rows = async () =>
    (await stack.scan('ConnectionsTable')).filter((row) => row.connectionId === connectionId);
  const items = async () =>
    (await stack.scan('ChatTable')).filter(
      (item) =>
        item.connectionId === connectionId ||
        (room !== undefined && String(item.pk).split('#').includes(room)),
    );
  const [rowsBefore, itemsBefore] = [await rows(), await items()];
  if (stack.local) await stack.local.drop(connectionId);
  else {
    await client.close();
    const ended = async () =>
      (await rows()).length === 0 &&
      (await items()).some((item) => item.connectionId === connectionId && item.disconnectTime);
    await eventually(ended);
    const itemsAfter = await items();
    for (const item of itemsBefore) {
      if (!itemsAfter.some((after) => isDeepStrictEqual(after, item))) await stack.put('ChatTable', item);
    }
  }
  for (const row of rowsBefore) {
    await stack.put('ConnectionsTable', { ...row, joinedAt: Number(row.joinedAt) - LONG_AGO_MS });
  }
}
