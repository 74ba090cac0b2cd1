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
 * Runs a dynalite action on a store from `action-stores.ts`. These stores call callbacks synchronously, so the action has
 * finished when this function returns. It cannot fail later or keep a lock.
 *
 * @throws AwsError for DynamoDB API errors
 */
export function runAction(name: keyof typeof actions, store: object, data: ActionData): JsonObject {
  const output = invoke(name, store, data);
  if (!output) throw new Error(`dynalite did not complete ${name} synchronously`);
  return withoutUndefined(output);
}

/**
 * Computes the key range that a Query or Scan reads.
 *
 * @throws AwsError for DynamoDB API errors
 */
export function resolveKeyRange(name: 'Query' | 'Scan', store: RangeStore, data: ActionData): KeyRange {
  invoke(name, store, data);
  if (!store.requestedRange) throw new Error(`dynalite did not request a key range for ${name}`);
  return store.requestedRange;
}

function invoke(name: keyof typeof actions, store: object, data: ActionData): JsonObject | undefined {
  if (name === 'UpdateItem') copyAssignedValues(data);
  let result: { error: EngineError | null; output?: JsonObject } | undefined;
  actions[name](store, data, (error, output) => {
    result = { error, output };
  });
  if (result?.error) throw toAwsError(result.error);
  return result?.output;
}

/**
 * Copies the values that SET assigns, so that `SET a = b ADD b :values` stores the previous value of `b` in `a`, as DynamoDB
 * does. dynalite assigns `b` by reference and then changes it.
 */
function copyAssignedValues(data: ActionData): void {
  const updates = data._updates as { sections: { type: string; val?: unknown }[] } | undefined;
  for (const section of updates?.sections ?? []) {
    if (section.type !== 'set') continue;
    let { val } = section;
    Object.defineProperty(section, 'val', {
      get: () => val,
      set: (value) => {
        val = structuredClone(value);
      },
    });
  }
}

function withoutUndefined(output: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(output).filter(([, value]) => value !== undefined));
}
