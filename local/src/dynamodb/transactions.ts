import { AwsError, type JsonObject } from '../aws';
import { Capacity } from './capacity';
import { answerGet, prepareGet } from './reads';
import { itemBytes } from './sizes';
import type { Tokens } from './tokens';
import type { Item, Operation } from './types';
import { type Database, locate, parse, plan, type Request, type Write, type WriteName } from './writes';

const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1024 * 1024;

interface ActionRules {
  readonly name: WriteName;
  /** The members it may have beside those of all actions. */
  readonly allowed: readonly string[];
  /** A member that the action by itself could do without. */
  readonly required?: string;
}

const actions: Record<string, ActionRules> = {
  ConditionCheck: { name: 'ConditionCheck', allowed: ['Key'], required: 'ConditionExpression' },
  Delete: { name: 'DeleteItem', allowed: ['Key'] },
  Put: { name: 'PutItem', allowed: ['Item'] },
  Update: { name: 'UpdateItem', allowed: ['Key', 'UpdateExpression'], required: 'UpdateExpression' },
};

const COMMON_MEMBERS = [
  'TableName',
  'ConditionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnValuesOnConditionCheckFailure',
];

const GET_MEMBERS = ['TableName', 'Key', 'ProjectionExpression', 'ExpressionAttributeNames'];

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
  const requests = members(input).map((member, i) => parseAction(database, member, i + 1));
  if (token === undefined || token === null) return await execute(database, requests, wanted, []);
  assertToken(token);
  return await tokens.once(
    token,
    parameters,
    (mark) => execute(database, requests, wanted, [mark]),
    () => repeat(database, requests, wanted),
  );
}

/** TransactGetItems: up to 100 items as of one moment. */
export async function transactGetItems(database: Database, input: JsonObject): Promise<JsonObject> {
  const reads = members(input).map((member) => {
    if (!isObject(member.Get)) throw invalid('TransactItems can only contain Get');
    return prepareGet(database, pick(member.Get, GET_MEMBERS));
  });
  assertDistinct(reads);
  const items = await database.store.read<Item>(reads.map(({ key }) => key));
  assertTotal(items);
  const capacity = new Capacity(input.ReturnConsumedCapacity, 'ReadCapacityUnits');
  for (const [i, { table }] of reads.entries()) capacity.addRead(table, itemBytes(items[i] ?? {}), true);
  return { Responses: reads.map((read, i) => answerGet(database, read, items[i])), ...capacity.all() };
}

function parseAction({ tables }: Database, member: JsonObject, position: number): Request {
  const names = Object.keys(member).filter((name) => actions[name] && isObject(member[name]));
  if (names.length !== 1) throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
  const kind = names[0] as string;
  const { name, allowed, required } = actions[kind] as ActionRules;
  const input = pick(member[kind] as JsonObject, [...COMMON_MEMBERS, ...allowed]);
  if (required && input[required] === undefined) {
    const path = ['transactItems', position, 'member', lowerFirst(kind), lowerFirst(required)].join('.');
    throw invalid(
      `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
    );
  }
  return parse(tables, name, input);
}

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
    for (const [i, { before, after }] of plans.entries())
      capacity.addWrite((writes[i] as Write).table, before, after);
    return capacity.all();
  });
}

/** The reply to a request that has been carried out before: its cost is that of reading the items. */
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

function members({ TransactItems }: JsonObject): JsonObject[] {
  const problem = !Array.isArray(TransactItems)
    ? 'not be null'
    : TransactItems.length < 1
      ? 'have length greater than or equal to 1'
      : TransactItems.length > MAX_ACTIONS
        ? `have length less than or equal to ${MAX_ACTIONS}`
        : undefined;
  if (problem === undefined)
    return (TransactItems as unknown[]).map((member) => (isObject(member) ? member : {}));
  const shown = Array.isArray(TransactItems) ? `'[${TransactItems.length} members]'` : 'null';
  throw invalid(
    `1 validation error detected: Value ${shown} at 'transactItems' failed to satisfy constraint: Member must ${problem}`,
  );
}

function assertToken(token: unknown): asserts token is string {
  if (typeof token === 'string' && token.length >= 1 && token.length <= 36) return;
  const bound = token === '' ? 'greater than or equal to 1' : 'less than or equal to 36';
  throw invalid(
    `1 validation error detected: Value '${token}' at 'clientRequestToken' failed to satisfy constraint: ` +
      `Member must have length ${bound}`,
  );
}

function assertDistinct(places: readonly { readonly key: string }[]): void {
  if (new Set(places.map(({ key }) => key)).size === places.length) return;
  throw invalid('Transaction request cannot include multiple operations on one item');
}

function assertTotal(items: readonly (Item | undefined)[]): void {
  const bytes = items.reduce((total, item) => total + (item ? itemBytes(item) : 0), 0);
  if (bytes > MAX_BYTES) throw invalid(`Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pick(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => from[name] != null).map((name) => [name, from[name]]));
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
