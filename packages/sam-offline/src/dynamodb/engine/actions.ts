import deleteItem from 'dynalite/actions/deleteItem';
import getItem from 'dynalite/actions/getItem';
import putItem from 'dynalite/actions/putItem';
import query from 'dynalite/actions/query';
import scan from 'dynalite/actions/scan';
import updateItem from 'dynalite/actions/updateItem';
import type { JsonObject } from '../../core/service';
import type { ActionData, EngineError } from '../types';
import type { KeyRange, RangeStore } from './action-stores';
import { toAwsError } from './validation';

const actions = {
  DeleteItem: deleteItem,
  GetItem: getItem,
  PutItem: putItem,
  Query: query,
  Scan: scan,
  UpdateItem: updateItem,
};

/**
 * Runs dynalite's action `name` on `store`, one of `engine-stores.ts`. Such a store answers at once, and so the
 * action is over when this returns: nothing of it is left to fail later or to hold a lock.
 *
 * @throws AwsError what the API calls an error
 */
export function runAction(name: keyof typeof actions, store: object, data: ActionData): JsonObject {
  const output = invoke(name, store, data);
  if (!output) throw new Error(`dynalite did not answer ${name} at once`);
  return withoutUndefined(output);
}

/**
 * The key range that a Query or a Scan is to read.
 *
 * @throws AwsError what the API calls an error
 */
export function resolveKeyRange(name: 'Query' | 'Scan', store: RangeStore, data: ActionData): KeyRange {
  invoke(name, store, data);
  if (!store.requestedRange) throw new Error(`dynalite did not ask for the range of a ${name}`);
  return store.requestedRange;
}

function invoke(name: keyof typeof actions, store: object, data: ActionData): JsonObject | undefined {
  let answer: { error: EngineError | null; output?: JsonObject } | undefined;
  actions[name](store, data, (error, output) => {
    answer = { error, output };
  });
  if (answer?.error) throw toAwsError(answer.error);
  return answer?.output;
}

function withoutUndefined(output: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(output).filter(([, value]) => value !== undefined));
}
