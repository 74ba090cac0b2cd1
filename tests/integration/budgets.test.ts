import type { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { createBudgets } from '../../aws/dynamodb/budgets';
import { budgetsKey } from '../../aws/dynamodb/items';
import { chargeRate } from '../../chat/limits/charge-action';
import { startTables } from '../../testbed/tables';

/** The rate is low, so that budgets do not refill during a test. */
const rate = { perSecond: 0.001, burst: 5 };
const one = (budget: string) => ({ budget, rate, units: 1 });

describe('budgets', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  let lastOwner = 0;
  const createOwner = () => {
    lastOwner += 1;
    return `user#${lastOwner}`;
  };

  beforeAll(async () => {
    tables = await startTables();
  });
  afterAll(() => tables.stop());

  const read = async (owner: string) => {
    const get = new GetCommand({ TableName: tables.chatTable, Key: budgetsKey(owner), ConsistentRead: true });
    return (await tables.client.send(get)).Item;
  };
  const chargeOnce = (owner: string) => tables.budgets.charge(owner, [one('messages')]);

  it('allows exactly the burst if many charges arrive concurrently', async () => {
    const owner = createOwner();
    const results = await Promise.all(Array.from({ length: 40 }, () => chargeOnce(owner)));
    expect(results.filter(({ allowed }) => allowed)).toHaveLength(5);
  });

  it('allows a charge although another charge precedes each attempt', async () => {
    const owner = createOwner();
    // The budget refills before the next attempt.
    const fast = { budget: 'b', rate: { perSecond: 10_000, burst: 10_000 }, units: 1 };
    let time = 0;
    const rival = createBudgets(tables.documents, tables.chatTable, () => time + 5);
    const client = {
      send: async (update: UpdateCommand) => {
        await rival.charge(owner, [fast]);
        return tables.documents.send(update);
      },
    } as never;
    const budgets = createBudgets(client, tables.chatTable, () => {
      time += 10;
      return time;
    });
    expect(await budgets.charge(owner, [fast])).toEqual({ allowed: true });
  });

  it('allows a charge although concurrent charges and refunds change the budget before each attempt', async () => {
    const owner = createOwner();
    const plenty = { ...one('b'), rate: { perSecond: 0.001, burst: 100 } };
    let attempts = 0;
    const client = {
      // Before each attempt, another charge or refund invalidates the state that the attempt assumes. This happens when many
      // joins are charged and refunded concurrently.
      send: async (update: UpdateCommand) => {
        attempts += 1;
        if (attempts <= 10) await (attempts % 2 === 1 ? tables.budgets.charge(owner, [plenty]) : refundAll());
        return tables.documents.send(update);
      },
    } as never;
    const refundAll = () => tables.budgets.refund(owner, { ...plenty, units: 2 });
    const budgets = createBudgets(client, tables.chatTable);
    expect(await budgets.charge(owner, [plenty])).toEqual({ allowed: true });
  });

  it('charges either all budgets or none', async () => {
    const owner = createOwner();
    for (let index = 0; index < 5; index += 1) await tables.budgets.charge(owner, [one('small')]);
    const rejected = await tables.budgets.charge(owner, [one('large'), one('small')]);
    expect(rejected).toEqual({ allowed: false, retryAfterMs: expect.any(Number), needsCredit: false });
    expect(await read(owner)).not.toHaveProperty('large');
  });

  it('checks a budget without charging it', async () => {
    const owner = createOwner();
    const check = { ...one('small'), units: 0 };
    expect(await tables.budgets.charge(owner, [check])).toEqual({ allowed: true });
    expect(await read(owner)).not.toHaveProperty('small');
    for (let index = 0; index < 5; index += 1) await tables.budgets.charge(owner, [one('small')]);
    expect(await tables.budgets.charge(owner, [check])).toEqual({ allowed: true });
  });

  it('refills budgets, charges units, and stores the arrival times that chargeRate returns', async () => {
    const owner = createOwner();
    let arrival: number | undefined;
    const fast = { perSecond: 100, burst: 10 };
    // The first three charges use up the burst. The last charge may exceed it.
    for (const [index, units] of [3, 1, 6, 20].entries()) {
      const before = Date.now();
      const result = await tables.budgets.charge(owner, [{ budget: 'b', rate: fast, units }]);
      const expected = chargeRate(fast, arrival, before, units);
      const stored = (await read(owner))?.b as number;
      if (index < 3) expect([result.allowed, expected.allowed]).toEqual([true, true]);
      if (result.allowed && expected.allowed) {
        expect(stored).toBeGreaterThanOrEqual(expected.arrival);
        expect(stored).toBeLessThanOrEqual(expected.arrival + (Date.now() - before));
      }
      arrival = stored;
    }
  });

  describe('within a burst', () => {
    const createCounted = () => {
      let writes = 0;
      const client = {
        send: (update: UpdateCommand) => {
          writes += 1;
          return tables.documents.send(update);
        },
      } as never;
      return { budgets: createBudgets(client, tables.chatTable), writes: () => writes };
    };

    it('takes one write per charge in one execution environment', async () => {
      const owner = createOwner();
      const { budgets, writes } = createCounted();
      for (let index = 0; index < 5; index += 1)
        expect(await budgets.charge(owner, [one('messages'), one(`messages#c${index}`)])).toEqual({
          allowed: true,
        });
      expect(writes()).toBe(5);
      const rejected = await budgets.charge(owner, [one('messages')]);
      expect([rejected.allowed, writes()]).toEqual([false, 6]);
    });

    it('is exact and takes at most two writes per charge in two execution environments', async () => {
      const owner = createOwner();
      const [first, second] = [createCounted(), createCounted()];
      const results: boolean[] = [];
      for (const { budgets } of [first, second, first, second, first, second, first])
        results.push((await budgets.charge(owner, [one('messages')])).allowed);
      expect(results).toEqual([true, true, true, true, true, false, false]);
      // The first charge in the second environment assumes a full budget.
      expect([first.writes(), second.writes()]).toEqual([4, 4]);
    });

    it('needs only one write after a refund and after a pause', async () => {
      const owner = createOwner();
      const { budgets, writes } = createCounted();
      const fast = { budget: 'b', rate: { perSecond: 1000, burst: 1 }, units: 1 };
      await budgets.charge(owner, [one('messages')]);
      await budgets.refund(owner, one('messages'));
      expect(await budgets.charge(owner, [one('messages')])).toEqual({ allowed: true });
      await budgets.charge(owner, [fast]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      const before = writes();
      expect(await budgets.charge(owner, [fast])).toEqual({ allowed: true });
      expect(writes()).toBe(before + 1);
    });
  });

  it('refunds a charge', async () => {
    const owner = createOwner();
    for (let index = 0; index < 5; index += 1) await chargeOnce(owner);
    expect(await chargeOnce(owner)).toMatchObject({ allowed: false });
    await tables.budgets.refund(owner, one('messages'));
    expect(await chargeOnce(owner)).toEqual({ allowed: true });
    expect(await chargeOnce(owner)).toMatchObject({ allowed: false });
    await tables.budgets.refund(createOwner(), one('messages'));
  });

  it('spends credit exactly, and requests more credit when it is used up', async () => {
    const owner = createOwner();
    const large = { budget: 'messages', rate: { perSecond: 1, burst: 1000 }, units: 1 };
    const spend = () => tables.budgets.charge(owner, [large], { spend: 3 });
    const outOfCredit = { allowed: false, retryAfterMs: 0, needsCredit: true };
    expect(await spend()).toEqual(outOfCredit);
    expect(await tables.budgets.charge(owner, [large], { spend: 3, buy: 20 })).toEqual({ allowed: true });
    const results = await Promise.all(Array.from({ length: 20 }, spend));
    expect(results.filter(({ allowed }) => allowed)).toHaveLength(5);
    expect(results.filter((result) => !result.allowed)).toEqual(Array(15).fill(outOfCredit));
    expect(await read(owner)).toMatchObject({ credit: 2 });
  });

  it('returns the rejection by a budget if the credit is also used up', async () => {
    const owner = createOwner();
    for (let index = 0; index < 5; index += 1) await chargeOnce(owner);
    const rejected = await tables.budgets.charge(owner, [one('messages')], { spend: 1 });
    expect(rejected).toMatchObject({ allowed: false, needsCredit: false });
  });

  it('expires after the last connection of its owner', async () => {
    const owner = createOwner();
    await chargeOnce(owner);
    const expiresAt = (await read(owner))?.expiresAt as number;
    expect(expiresAt).toBeGreaterThan(Date.now() / 1000 + 2 * 3600);
    expect(expiresAt).toBeLessThan(Date.now() / 1000 + 3 * 3600);
  });

  it('counts open connections exactly until they are closed', async () => {
    const user = 'g-many';
    const open = (connectionId: string) => tables.budgets.openConnection(user, connectionId, 3);
    const results = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(open));
    expect(results.filter((others) => others === undefined)).toHaveLength(3);
    const others = results.find((one) => one !== undefined) ?? [];
    expect(others).toHaveLength(3);
    const times = others.map(({ openedAt }) => openedAt);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Date.now() - (times[0] as number)).toBeLessThan(60_000);
    await tables.budgets.forgetConnection(user, others[0]?.connectionId as string);
    expect(await open('f')).toBeUndefined();
    expect(await open('g')).toHaveLength(3);
    expect(Object.keys((await read(`user#${user}`)) ?? {})).toContain('opened#f');
  });

  it('deletes only the budgets of the closed connection', async () => {
    const charges = ['messages', 'messages#c1', 'requests#c1', 'told#c1', 'messages#c2'].map(one);
    await tables.budgets.charge('user#g-1', charges);
    await tables.budgets.forgetConnection('g-1', 'c1');
    expect(Object.keys((await read('user#g-1')) ?? {}).sort()).toEqual(
      ['expiresAt', 'messages', 'messages#c2', 'pk', 'sk'].sort(),
    );
    await tables.budgets.forgetConnection('g-nobody', 'c1');
    expect(await read('user#g-nobody')).toBeUndefined();
  });
});
