import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Credit } from '../../chat/limits/ports';
import { createBudgets } from './budgets';
import { createOpenConnections } from './open-connections';

const now = Date.parse('2026-01-25T18:50:04.673Z');
const other = new Error('unreachable');
const rate = { perSecond: 1, burst: 5 };
const one = (budget: string, units = 1) => ({ budget, rate, units });

/** The error of a failed condition, with the item that DynamoDB returns. */
const failed = (item?: Record<string, unknown>) =>
  new ConditionalCheckFailedException({
    $metadata: {},
    message: 'failed',
    ...(item ? { Item: marshall(item) } : {}),
  });

/**
 * Creates budgets with a fake client. Each update throws or returns the next result. All further updates repeat the last
 * result.
 */
function setUp(...results: (Error | 'written' | Record<string, unknown>)[]) {
  const updates: UpdateCommand['input'][] = [];
  const send = async ({ input }: UpdateCommand) => {
    const result = results[Math.min(updates.length, results.length - 1)];
    updates.push(input);
    if (result instanceof Error) throw result;
    return result === 'written' ? {} : { Attributes: result };
  };
  const client = { send } as never;
  const budgets = createBudgets(client, 'chat', () => now);
  const openConnections = createOpenConnections(client, 'chat', () => now);
  return { budgets, openConnections, updates };
}

describe('charge', () => {
  it('gives up after twenty attempts, and returns how long to wait', async () => {
    const { budgets, updates } = setUp(failed());
    expect(await budgets.charge('user#g-1', [one('messages')])).toEqual({
      allowed: false,
      retryAfterMs: 1000,
      needsCredit: false,
    });
    expect(updates).toHaveLength(20);
  });

  it('throws any other error at once', async () => {
    const { budgets, updates } = setUp(other);
    await expect(budgets.charge('user#g-1', [one('messages')])).rejects.toBe(other);
    expect(updates).toHaveLength(1);
  });

  it('checks the budget for a charge of 0 units, and does not write it', async () => {
    const { budgets, updates } = setUp('written', failed({ rejections: now + 6000 }));
    const charges = [one('connections'), one('rejections', 0)];
    expect(await budgets.charge('address#1', charges)).toEqual({ allowed: true });
    const { UpdateExpression, ConditionExpression, ExpressionAttributeValues } = updates[0] ?? {};
    expect(UpdateExpression).not.toContain('#b1');
    expect(ConditionExpression).toContain('(attribute_not_exists(#b1) OR #b1 <= :limit1)');
    expect(ExpressionAttributeValues).toMatchObject({ ':limit1': now + 5000 });
    expect(await budgets.charge('address#1', charges)).toMatchObject({ allowed: false, retryAfterMs: 1000 });
  });

  it('returns the longest wait of all budgets', async () => {
    const { budgets } = setUp(failed({ messages: now + 5000, requests: now + 7000 }));
    expect(await budgets.charge('user#g-1', [one('messages'), one('requests')])).toMatchObject({
      allowed: false,
      retryAfterMs: 3000,
    });
  });

  it.each([
    ['is now', now, 'BETWEEN'],
    ['is in the future', now + 1, 'BETWEEN'],
    ['is in the past', now - 1, 'attribute_not_exists'],
    ['is missing', undefined, 'attribute_not_exists'],
    ['is not a number', String(now + 1), 'attribute_not_exists'],
  ])('assumes the stored arrival time after a failed attempt if it %s', async (_, messages, condition) => {
    const { budgets, updates } = setUp(
      failed(messages === undefined ? { pk: 'x' } : { messages }),
      'written',
    );
    expect(await budgets.charge('user#g-1', [one('messages')])).toEqual({ allowed: true });
    expect(updates[0]?.ConditionExpression).toContain('attribute_not_exists');
    expect(updates[1]?.ConditionExpression).toContain(condition);
  });

  it.each<[string, number | undefined, Credit, boolean]>([
    ['needs credit if the owner has too little', 2, { spend: 3 }, true],
    ['needs credit if the owner has none', undefined, { spend: 3 }, true],
    ['is retried if the owner has enough credit', 3, { spend: 3 }, false],
    ['is retried if the owner has too little credit but buys more', 2, { spend: 3, buy: 20 }, false],
  ])('%s', async (_, stored, credit, needsCredit) => {
    const item = stored === undefined ? { pk: 'x' } : { credit: stored };
    const { budgets, updates } = setUp(failed(item), 'written');
    const result = await budgets.charge('user#g-1', [one('messages')], credit);
    const expected = needsCredit ? { allowed: false, retryAfterMs: 0, needsCredit } : { allowed: true };
    expect(result).toEqual(expected);
    expect(updates).toHaveLength(needsCredit ? 1 : 2);
  });

  it('needs credit, without a write, if the previous charge has used it up', async () => {
    const { budgets, updates } = setUp({ messages: now + 1000, credit: 0 });
    const charge = (credit: Credit) => budgets.charge('user#g-1', [one('messages')], credit);
    await charge({ spend: 1 });
    expect(await charge({ spend: 1 })).toEqual({ allowed: false, retryAfterMs: 0, needsCredit: true });
    expect(updates).toHaveLength(1);
    expect(await charge({ spend: 1, buy: 20 })).toEqual({ allowed: true });
    expect(updates).toHaveLength(2);
  });

  it('does not ask for credit if a budget is used up', async () => {
    const exhausted = { messages: now + 5000, credit: 0 };
    const { budgets, updates } = setUp(exhausted, failed(exhausted));
    await budgets.charge('user#g-1', [one('messages')], { spend: 1 });
    expect(await budgets.charge('user#g-1', [one('messages')], { spend: 1 })).toEqual({
      allowed: false,
      retryAfterMs: 1000,
      needsCredit: false,
    });
    expect(updates).toHaveLength(2);
  });
});

describe('openConnection', () => {
  it('returns the other connections in the order in which they were opened', async () => {
    const item = { connections: new Set(['a', 'b', 'c']), 'opened#a': 30, 'opened#c': 20 };
    const { openConnections } = setUp(failed(item));
    expect(await openConnections.openConnection('g-1', 'd', 3)).toEqual([
      { connectionId: 'b', openedAt: 0 },
      { connectionId: 'c', openedAt: 20 },
      { connectionId: 'a', openedAt: 30 },
    ]);
  });

  it.each([other, failed()])('throws %s', async (error) => {
    const { openConnections } = setUp(error);
    await expect(openConnections.openConnection('g-1', 'd', 3)).rejects.toBe(error);
  });
});
