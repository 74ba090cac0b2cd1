import { AwsError, type JsonObject } from '../../core/service';
import type { Database } from '../database';
import { Capacity } from '../items/capacity';
import { parseGet, resolveGetKey, toGetOutput } from '../items/reads';
import { parseWrite, planWrite, resolveWriteKey, type WriteRequest } from '../items/writes';
import { itemBytes } from '../schema/sizes';
import type { Item, StoreOperation } from '../types';
import { assertToken, parseGetActions, parseWriteActions } from './input';
import type { RequestTokens } from './request-tokens';

const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;

interface CancellationReason extends JsonObject {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Item;
}

const NO_REASON: CancellationReason = { Code: 'None' };

/**
 * Handles TransactWriteItems: applies up to 100 actions atomically, in one batch. The transaction takes `transactionMs`. During
 * this time, other writes to its items cause conflicts.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 *
 * @throws AwsError `TransactionCanceledException`, with one entry per action in `CancellationReasons`; `ValidationException`,
 *   `ResourceNotFoundException`, `IdempotentParameterMismatchException`, `TransactionInProgressException`
 */
export async function transactWriteItems(
  database: Database,
  tokens: RequestTokens,
  input: JsonObject,
): Promise<JsonObject> {
  const { ClientRequestToken: token, ReturnConsumedCapacity: capacityMode, ...parameters } = input;
  const requests = parseWriteActions(input).map(({ name, input: action }) =>
    parseWrite(database.tables, name, action),
  );
  if (token === undefined || token === null) return await executeWrites(database, requests, capacityMode, []);
  assertToken(token);
  return await tokens.runOnce(
    token,
    parameters,
    (tokenWrites) => executeWrites(database, requests, capacityMode, tokenWrites),
    () => replayCompleted(database, requests, capacityMode),
  );
}

/**
 * Handles TransactGetItems: reads up to 100 items from one snapshot. The request is cancelled if another request writes to one
 * of the items before the transaction ends.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
 *
 * @throws AwsError `TransactionCanceledException`, `ValidationException`, `ResourceNotFoundException`
 */
export async function transactGetItems(database: Database, input: JsonObject): Promise<JsonObject> {
  const gets = parseGetActions(input).map((get) => parseGet(database, get));
  const reads = mapOrCancel(gets, resolveGetKey);
  assertDistinctItems(reads);
  const keys = reads.map(({ key }) => key);
  return await database.locks.runTransactionalRead(keys, async (assertNoConflict) => {
    const items = await database.store.read<Item>(keys);
    await waitFor(database.transactionMs());
    const outputs = mapOrCancel(reads, (read, i) => {
      assertNoConflict(read.key);
      return toGetOutput(database, read, items[i]);
    });
    assertTotalSize(items);
    const capacity = new Capacity(input.ReturnConsumedCapacity, 'ReadCapacityUnits');
    for (const [i, { table }] of reads.entries()) capacity.addRead(table, itemBytes(items[i] ?? {}), true);
    return { Responses: outputs, ...capacity.forAllTables() };
  });
}

/** Executes the transaction and commits `tokenWrites` with it. */
async function executeWrites(
  database: Database,
  requests: readonly WriteRequest[],
  capacityMode: unknown,
  tokenWrites: readonly StoreOperation[],
): Promise<JsonObject> {
  const writes = mapOrCancel(requests, resolveWriteKey);
  assertDistinctItems(writes);
  const keys = writes.map(({ key }) => key);
  return await database.locks.runTransaction(keys, async (assertNoConflict) => {
    const items = await database.store.read<Item>(keys);
    await waitFor(database.transactionMs());
    const plans = mapOrCancel(writes, (write, i) => {
      assertNoConflict(write.key);
      return planWrite(database.tables, write, items[i]);
    });
    assertTotalSize(plans.map(({ after }) => after));
    await database.store.commit([...plans.flatMap(({ operations }) => operations), ...tokenWrites]);
    database.streams.add(plans);
    const capacity = new Capacity(capacityMode, 'WriteCapacityUnits');
    for (const { table, before, after } of plans) capacity.addWrite(table, before, after);
    return capacity.forAllTables();
  });
}

/** Returns the response to a repeated request, which consumes only the capacity for reading the items. */
async function replayCompleted(
  database: Database,
  requests: readonly WriteRequest[],
  capacityMode: unknown,
): Promise<JsonObject> {
  const writes = requests.map(resolveWriteKey);
  const items = await database.store.read<Item>(writes.map(({ key }) => key));
  const capacity = new Capacity(capacityMode, 'ReadCapacityUnits');
  for (const [i, { table }] of writes.entries()) capacity.addRead(table, itemBytes(items[i] ?? {}), false);
  return capacity.forAllTables();
}

/** Applies `step` to every action. If any step fails, cancels the transaction with a reason for each action. */
function mapOrCancel<A, B>(inputs: readonly A[], step: (input: A, position: number) => B): B[] {
  const results: B[] = [];
  const reasons = inputs.map((input, i) => {
    try {
      results.push(step(input, i));
      return NO_REASON;
    } catch (error) {
      return toCancellationReason(error);
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

function toCancellationReason(error: unknown): CancellationReason {
  if (!(error instanceof AwsError)) throw error;
  const Message = error.message;
  if (error.code === 'ValidationException') return { Code: 'ValidationError', Message };
  if (error.code === 'TransactionConflictException') return { Code: 'TransactionConflict', Message };
  if (error.code !== 'ConditionalCheckFailedException') throw error;
  return { Code: 'ConditionalCheckFailed', ...error.fields, Message };
}

async function waitFor(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

function assertDistinctItems(requests: readonly { readonly key: string }[]): void {
  if (new Set(requests.map(({ key }) => key)).size === requests.length) return;
  throw new AwsError(
    'ValidationException',
    'Transaction request cannot include multiple operations on one item',
  );
}

function assertTotalSize(items: readonly (Item | undefined)[]): void {
  const bytes = items.reduce((total, item) => total + (item ? itemBytes(item) : 0), 0);
  if (bytes <= MAX_TRANSACTION_BYTES) return;
  throw new AwsError(
    'ValidationException',
    `Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`,
  );
}
