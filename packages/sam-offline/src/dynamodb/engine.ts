import deleteItem from 'dynalite/actions/deleteItem';
import getItem from 'dynalite/actions/getItem';
import putItem from 'dynalite/actions/putItem';
import query from 'dynalite/actions/query';
import scan from 'dynalite/actions/scan';
import updateItem from 'dynalite/actions/updateItem';
import { checkTypes, checkValidations } from 'dynalite/validations';
import * as batchGetItemRules from 'dynalite/validations/batchGetItem';
import * as batchWriteItemRules from 'dynalite/validations/batchWriteItem';
import * as createTableRules from 'dynalite/validations/createTable';
import * as deleteItemRules from 'dynalite/validations/deleteItem';
import * as getItemRules from 'dynalite/validations/getItem';
import * as putItemRules from 'dynalite/validations/putItem';
import * as queryRules from 'dynalite/validations/query';
import * as scanRules from 'dynalite/validations/scan';
import * as updateItemRules from 'dynalite/validations/updateItem';
import { AwsError, type JsonObject } from '../core/service';
import type { KeyRange, RangeStore } from './engine-stores';
import type { Action, EngineError } from './types';

const rules = {
  BatchGetItem: batchGetItemRules,
  BatchWriteItem: batchWriteItemRules,
  CreateTable: createTableRules,
  DeleteItem: deleteItemRules,
  GetItem: getItemRules,
  PutItem: putItemRules,
  Query: queryRules,
  Scan: scanRules,
  UpdateItem: updateItemRules,
};

const runs = {
  DeleteItem: deleteItem,
  GetItem: getItem,
  PutItem: putItem,
  Query: query,
  Scan: scan,
  UpdateItem: updateItem,
};

/** dynalite's own item limit is off: it counts UTF-16 units where AWS counts bytes. `sizes.ts` has the limit. */
const unlimited = { options: { maxItemSize: Number.POSITIVE_INFINITY } };

/**
 * Parsed conditions by their text, of those that name no values and no placeholders, as
 * `attribute_not_exists(pk)`: parsing one takes longer than all the rest of a write.
 */
const parsed = new Map<string, unknown>();
const MAX_PARSED = 1000;

/**
 * Checks `input` as the action `name` does and parses its expressions.
 *
 * @returns the action's members, for `run`
 * @throws AwsError `ValidationException` or `SerializationException`
 */
export function check(name: keyof typeof rules, input: JsonObject): Action {
  const text = constantCondition(input);
  const condition = text === undefined ? undefined : parsed.get(text);
  if (condition === undefined) {
    const data = checkAll(name, { ...input });
    if (text !== undefined && data._condition !== undefined) remember(text, data._condition);
    return data;
  }
  const { ConditionExpression, ...rest } = input;
  return { ...checkAll(name, rest), _condition: condition };
}

function checkAll(name: keyof typeof rules, input: JsonObject): Action {
  const { types, custom } = rules[name];
  try {
    const data = checkTypes(input, types);
    checkValidations(data, types, custom, unlimited);
    return data;
  } catch (error) {
    throw awsError(error);
  }
}

/** The condition, if its meaning depends on nothing else in the input. */
function constantCondition(input: JsonObject): string | undefined {
  const { ConditionExpression: text } = input;
  const others = [
    input.UpdateExpression,
    input.ExpressionAttributeNames,
    input.ExpressionAttributeValues,
    input.Expected,
    input.ConditionalOperator,
  ];
  return typeof text === 'string' && others.every((member) => member == null) ? text : undefined;
}

function remember(text: string, condition: unknown): void {
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(text, condition);
}

/**
 * Runs dynalite's action `name` on `store`, one of `engine-stores.ts`. Such a store answers at once, and so the
 * action is over when this returns: nothing of it is left to fail later or to hold a lock.
 *
 * @throws AwsError what the API calls an error
 */
export function run(name: keyof typeof runs, store: object, data: Action): JsonObject {
  const output = start(name, store, data);
  if (!output) throw new Error(`dynalite did not answer ${name} at once`);
  return withoutUndefined(output);
}

/**
 * The key range that a Query or a Scan is to read.
 *
 * @throws AwsError what the API calls an error
 */
export function rangeOf(name: 'Query' | 'Scan', store: RangeStore, data: Action): KeyRange {
  start(name, store, data);
  if (!store.asked) throw new Error(`dynalite did not ask for the range of a ${name}`);
  return store.asked;
}

function start(name: keyof typeof runs, store: object, data: Action): JsonObject | undefined {
  let answer: { error: EngineError | null; output?: JsonObject } | undefined;
  runs[name](store, data, (error, output) => {
    answer = { error, output };
  });
  if (answer?.error) throw awsError(answer.error);
  return answer?.output;
}

/** Throws what one of dynalite's checks returned, if it found something. */
export function assertValid(error: EngineError | null | undefined): void {
  if (error) throw awsError(error);
}

/** dynalite's error as an `AwsError`; a programming error of dynalite's stays what it is. */
export function awsError(error: unknown): unknown {
  const { statusCode, body } = error as EngineError;
  if (statusCode === undefined || body?.__type === undefined) return error;
  const code = body.__type.slice(body.__type.indexOf('#') + 1);
  return new AwsError(code, body.message ?? body.Message ?? '', statusCode);
}

function withoutUndefined(output: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(output).filter(([, value]) => value !== undefined));
}
