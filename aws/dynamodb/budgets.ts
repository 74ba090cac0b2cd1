import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { chargeRate, toMs } from '../../chat/limits/charge-action';
import type { BudgetCharge, BudgetResult, Budgets, Credit, RoomBudgets } from '../../chat/limits/ports';
import { CONNECTION_TTL_SECONDS } from '../../chat/rooms/room-keys';
import { ifConditionHolds, itemIfConditionFailed } from './errors';
import { budgetsKey, expiresIn, roomKey } from './items';
import type { Tables } from './tables';

/**
 * A failed charge returns the current state of the budgets, and the next attempt assumes this state. If many users join at
 * once, several consecutive attempts can fail.
 */
const MAX_ATTEMPTS = 20;
const CONTENTION_RETRY_MS = 1000;

/** Maximum number of owners whose budgets an execution environment remembers. */
const MAX_REMEMBERED = 1000;

type Item = Record<string, unknown>;

/**
 * Stores all budgets of an owner in one item of the chat table. A charge first assumes that the budgets have not changed since
 * the owner's last charge in this execution environment. If there was none, it assumes that they are full. A charge costs one
 * write unit if the assumption is correct, and two otherwise.
 */
export function createBudgets(client: DynamoDBDocumentClient, TableName: string, now = Date.now): Budgets {
  const remembered = new Map<string, Item>();
  const remember = (owner: string, item: Item) => {
    remembered.delete(owner);
    remembered.set(owner, item);
    const [oldest] = remembered.keys();
    if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  };
  return {
    charge: (owner, charges, credit) =>
      chargeItem(client, { TableName, Key: budgetsKey(owner) }, charges, now, {
        credit,
        expiresAt: (at) => expiresIn(CONNECTION_TTL_SECONDS, at),
        assumed: remembered.get(owner),
        onState: (item) => remember(owner, item),
      }),

    async refund(owner, { budget, rate, units }) {
      const update = new UpdateCommand({
        TableName,
        Key: budgetsKey(owner),
        UpdateExpression: 'SET #budget = #budget - :ms',
        ConditionExpression: 'attribute_exists(#budget)',
        ExpressionAttributeNames: { '#budget': budget },
        ExpressionAttributeValues: { ':ms': toMs(rate, units) },
      });
      await ifConditionHolds(client.send(update));
    },
  };
}

/** Charges the budget of a room. The budget is an attribute of the room's item. */
export function createRoomBudgets({ client, chatTable: TableName }: Tables): RoomBudgets {
  return {
    chargeRoom: ({ room, arrival }, rate) =>
      chargeItem(
        client,
        { TableName, Key: roomKey(room) },
        [{ budget: 'arrival', rate, units: 1 }],
        Date.now,
        { assumed: arrival === undefined ? {} : { arrival } },
      ),
  };
}

interface ChargeOptions {
  credit?: Credit | undefined;
  /** Returns the item's new TTL in epoch seconds. */
  expiresAt?: (nowMs: number) => number;
  /** The state of the budgets that the first attempt assumes. */
  assumed?: Item | undefined;
  /** Called with the current state of the budgets after each attempt. */
  onState?: (item: Item) => void;
}

/**
 * Charges budgets that are attributes of one item. A charge of 0 units only checks that the budget is not exceeded.
 *
 * GCRA sets an arrival time to max(arrival, now) + cost, but update expressions have no max. So each update assumes which of
 * the two is greater, and its condition fails if the assumption is wrong. If the arrival time is in the future, the update adds
 * the cost to the stored value without checking the exact value. Concurrent charges therefore neither overwrite nor delay each
 * other.
 *
 * If an assumption is wrong, the failed condition returns the current state for the next attempt. A wrong assumption never
 * causes a charge to be allowed or rejected. If the assumed state has too little credit, the charge is rejected without a
 * write. Another environment may have bought credit since then. In this case, the credit that the caller buys is added.
 */
async function chargeItem(
  client: DynamoDBDocumentClient,
  item: { TableName: string; Key: Item },
  charges: readonly BudgetCharge[],
  now: () => number,
  { credit, expiresAt, assumed = {}, onState }: ChargeOptions = {},
): Promise<BudgetResult> {
  let known = assumed; // by default, assume that the budgets are full
  // All attempts use the same time. With a later time, an arrival time that was in the future could have passed by the next
  // attempt. Concurrent charges of a budget that refills within the duration of a write would then keep assuming the wrong
  // state.
  const at = now();
  const foreseen =
    typeof assumed.credit === 'number' ? findRejection(charges, assumed, at, credit) : undefined;
  if (foreseen?.needsCredit) return foreseen;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const expressions = chargeExpressions(charges, known, at, credit, expiresAt?.(at));
    const update = new UpdateCommand({
      ...item,
      ...expressions,
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      const { Attributes } = await client.send(update);
      onState?.({ ...known, ...Attributes });
      return { allowed: true };
    } catch (error) {
      known = itemIfConditionFailed(error) ?? {};
      onState?.(known);
    }
    const rejection = findRejection(charges, known, at, credit);
    if (rejection) return rejection;
  }
  return { allowed: false, retryAfterMs: CONTENTION_RETRY_MS, needsCredit: false };
}

/** Returns the rejection of a charge, or undefined if the state of the budgets allows it. */
function findRejection(
  charges: readonly BudgetCharge[],
  state: Item,
  at: number,
  credit: Credit | undefined,
): Extract<BudgetResult, { allowed: false }> | undefined {
  const waits = charges.map(({ budget, rate, units }) => {
    const result = chargeRate(rate, state[budget] as number | undefined, at, units);
    return result.allowed ? 0 : result.retryAfterMs;
  });
  const retryAfterMs = Math.max(...waits);
  if (retryAfterMs > 0) return { allowed: false, retryAfterMs, needsCredit: false };
  if (credit && credit.buy === undefined && ((state.credit as number | undefined) ?? 0) < credit.spend)
    return { allowed: false, retryAfterMs: 0, needsCredit: true };
  return undefined;
}

function chargeExpressions(
  charges: readonly BudgetCharge[],
  known: Item,
  now: number,
  credit: Credit | undefined,
  expiresAt: number | undefined,
) {
  const updates: string[] = [];
  const conditions: string[] = [];
  const names: Record<string, string> = {};
  const values: Record<string, number> = charges.some(({ units }) => units > 0) ? { ':now': now } : {};
  charges.forEach(({ budget, rate, units }, index) => {
    const [name, cost, limit] = [`#b${index}`, `:cost${index}`, `:limit${index}`];
    names[name] = budget;
    const arrival = known[budget];
    const latest = now + toMs(rate, rate.burst) - toMs(rate, units);
    if (units === 0) {
      // Checks write nothing, so they do not conflict with each other.
      conditions.push(`(attribute_not_exists(${name}) OR ${name} <= ${limit})`);
      values[limit] = latest;
    } else if (typeof arrival === 'number' && arrival >= now) {
      updates.push(`${name} = ${name} + ${cost}`);
      conditions.push(`${name} BETWEEN :now AND ${limit}`);
      values[cost] = toMs(rate, units);
      values[limit] = latest;
    } else {
      updates.push(`${name} = ${cost}`);
      conditions.push(`(attribute_not_exists(${name}) OR ${name} < :now)`);
      values[cost] = now + toMs(rate, units);
    }
  });
  if (credit) {
    const { spend, buy } = credit;
    if (buy === undefined) conditions.push('credit >= :spend');
    updates.push(
      buy === undefined ? 'credit = credit - :spend' : 'credit = if_not_exists(credit, :zero) + :credit',
    );
    Object.assign(values, buy === undefined ? { ':spend': spend } : { ':zero': 0, ':credit': buy - spend });
  }
  if (expiresAt !== undefined) {
    updates.push('expiresAt = :expiresAt');
    values[':expiresAt'] = expiresAt;
  }
  return {
    UpdateExpression: `SET ${updates.join(', ')}`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
