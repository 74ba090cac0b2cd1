import type { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { getItems } from './batch-get';

type Key = { pk: number };

/** A client that processes at most `limit` keys per request and finds the items with even keys. */
function createClient(limit: number) {
  const requests: { Keys: Key[]; ConsistentRead?: boolean }[] = [];
  const send = async ({ input }: BatchGetCommand) => {
    const request = input.RequestItems?.chat as { Keys: Key[] };
    requests.push(request);
    const [processed, rest] = [request.Keys.slice(0, limit), request.Keys.slice(limit)];
    return {
      Responses: { chat: processed.filter(({ pk }) => pk % 2 === 0) },
      UnprocessedKeys: rest.length > 0 ? { chat: { Keys: rest } } : {},
    };
  };
  return { client: { send } as never, requests };
}

describe('getItems', () => {
  const keys = Array.from({ length: 250 }, (_, pk) => ({ pk }));
  const even = keys.filter(({ pk }) => pk % 2 === 0);

  it('requests up to 100 keys at once', async () => {
    const { client, requests } = createClient(100);
    expect(await getItems(client, 'chat', keys, { ConsistentRead: true })).toEqual(even);
    expect(requests.map(({ Keys, ConsistentRead }) => [Keys.length, ConsistentRead])).toEqual([
      [100, true],
      [100, true],
      [50, true],
    ]);
  });

  it('requests unprocessed keys again', async () => {
    const { client, requests } = createClient(60);
    const items = await getItems(client, 'chat', keys);
    expect(items).toHaveLength(even.length);
    expect(items).toEqual(expect.arrayContaining(even));
    expect(requests.every(({ Keys }) => Keys.length <= 100)).toBe(true);
    expect(requests[0]).not.toHaveProperty('ConsistentRead');
  });

  it('makes no request without keys', async () => {
    const { client, requests } = createClient(100);
    expect(await getItems(client, 'chat', [])).toEqual([]);
    expect(requests).toEqual([]);
  });
});
