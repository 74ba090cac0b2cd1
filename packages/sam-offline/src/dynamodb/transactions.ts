import { AwsError, type JsonObject } from '../core/service';
import { Capacity } from './capacity';
import { answerGet, locateGet, parseGet } from './reads';
import { itemBytes } from './sizes';
import type { Tokens } from './tokens';
import { assertToken, getInputs, writeInputs } from './transaction-input';
import type { Item, Operation } from './types';
import { type Database, locate, parse, plan, type Request } from './writes';

const MAX_BYTES = 4 * 1024 * 1024;

interface Reason extends JsonObject {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Item;
}

const NO_REASON: Reason = { Code: 'None' };

/**
 * TransactWriteItems: all of up to 100 actions or none. The locks of all its items are held from reading them to
 * the commit, which is one batch.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 *
 * @throws AwsError `TransactionCanceledException` with a reason for each action, in order, in `CancellationReasons`;
 *   `ValidationException`, `ResourceNotFoundException`, `IdempotentParameterMismatchException`,
 *   `TransactionInProgressException`
 */
export async function transactWriteItems(
  database: Database,
  tokens: Tokens,
  input: JsonObject,
): Promise<JsonObject> {
  const { ClientRequestToken: token, ReturnConsumedCapacity: wanted, ...parameters } = input;
  const requests = writeInputs(input).map(({ name, members }) => parse(database.tables, name, members));
  if (token === undefined || token === null) return await execute(database, requests, wanted, []);
  assertToken(token);
  return await tokens.once(
    token,
    parameters,
    (marks) => execute(database, requests, wanted, marks),
    () => repeat(database, requests, wanted),
  );
}

/** TransactGetItems: up to 100 items as of one moment. */
export async function transactGetItems(database: Database, input: JsonObject): Promise<JsonObject> {
  const gets = getInputs(input).map((get) => parseGet(database, get));
  const reads = allOrCancel(gets, locateGet);
  assertDistinct(reads);
  const items = await database.store.read<Item>(reads.map(({ key }) => key));
  assertTotal(items);
  const capacity = new Capacity(input.ReturnConsumedCapacity, 'ReadCapacityUnits');
  for (const [i, { table }] of reads.entries()) capacity.addRead(table, itemBytes(items[i] ?? {}), true);
  return { Responses: reads.map((read, i) => answerGet(database, read, items[i])), ...capacity.all() };
}

/** Carries the transaction out; `marks` are committed with it. */
async function execute(
  database: Database,
  requests: readonly Request[],
  wanted: unknown,
  marks: readonly Operation[],
): Promise<JsonObject> {
  const writes = allOrCancel(requests, locate);
  assertDistinct(writes);
  const keys = writes.map(({ key }) => key);
  return await database.locks.hold(keys, async () => {
    const items = await database.store.read<Item>(keys);
    const plans = allOrCancel(writes, (write, i) => plan(database.tables, write, items[i]));
    assertTotal(plans.map(({ after }) => after));
    await database.store.commit([...plans.flatMap(({ operations }) => operations), ...marks]);
    const capacity = new Capacity(wanted, 'WriteCapacityUnits');
    for (const { table, before, after } of plans) capacity.addWrite(table, before, after);
    return capacity.all();
  });
}

/** The reply to a request that has been carried out before: it has cost no more than reading the items. */
async function repeat(
  database: Database,
  requests: readonly Request[],
  wanted: unknown,
): Promise<JsonObject> {
  const writes = requests.map(locate);
  const items = await database.store.read<Item>(writes.map(({ key }) => key));
  const capacity = new Capacity(wanted, 'ReadCapacityUnits');
  for (const [i, { table }] of writes.entries()) capacity.addRead(table, itemBytes(items[i] ?? {}), false);
  return capacity.all();
}

/** `step` of every action; if it fails for any, the transaction is cancelled for the reasons of all. */
function allOrCancel<A, B>(inputs: readonly A[], step: (input: A, position: number) => B): B[] {
  const results: B[] = [];
  const reasons = inputs.map((input, i) => {
    try {
      results.push(step(input, i));
      return NO_REASON;
    } catch (error) {
      return reasonOf(error);
    }
  });
  if (results.length === inputs.length) return results;
  const codes = reasons.map(({ Code }) => Code).join(', ');
  throw new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    400,
    { CancellationReasons: reasons },
  );
}

function reasonOf(error: unknown): Reason {
  if (!(error instanceof AwsError)) throw error;
  const Message = error.message;
  if (error.code === 'ValidationException') return { Code: 'ValidationError', Message };
  if (error.code !== 'ConditionalCheckFailedException') throw error;
  return { Code: 'ConditionalCheckFailed', ...error.fields, Message };
}

function assertDistinct(places: readonly { readonly key: string }[]): void {
  if (new Set(places.map(({ key }) => key)).size === places.length) return;
  throw new AwsError(
    'ValidationException',
    'Transaction request cannot include multiple operations on one item',
  );
}

function assertTotal(items: readonly (Item | undefined)[]): void {
  const bytes = items.reduce((total, item) => total + (item ? itemBytes(item) : 0), 0);
  if (bytes <= MAX_BYTES) return;
  throw new AwsError(
    'ValidationException',
    `Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`,
  );
}
