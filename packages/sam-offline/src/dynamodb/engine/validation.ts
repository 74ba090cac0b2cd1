import './cached-parsers';
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
import { AwsError, type JsonObject } from '../../core/service';
import type { ActionData, EngineError } from '../types';

const rules = {
  BatchGetItem: batchGetItemRules,
  BatchWriteItem: batchWriteItemRules,
  CreateTable: createTableRules,
  DeleteItem: deleteItemRules,
  GetItem: getItemRules,
  PutItem: putItemRules,
  Query: { types: queryRules.types, custom: checkQuery },
  Scan: scanRules,
  UpdateItem: updateItemRules,
};

export const CONDITION_COUNT = 'Conditions can be of length 1 or 2 only';

/**
 * Ignores dynalite's limit of two key conditions, because indexes can have several attributes per key. `query-rules.ts`
 * enforces the limit for other indexes.
 */
function checkQuery(data: ActionData): string | undefined {
  const problem = queryRules.custom(data);
  const hasMore = Object.keys(data.KeyConditions ?? {}).length > 2;
  return problem === CONDITION_COUNT && hasMore ? undefined : problem;
}

/** Disables dynalite's item size limit, which counts UTF-16 code units. `schema/sizes.ts` counts bytes, as AWS does. */
const storeOptions = { options: { maxItemSize: Number.POSITIVE_INFINITY } };

/**
 * Validates the input of an action and parses its expressions.
 *
 * @returns the data for `runAction`
 * @throws AwsError `ValidationException` or `SerializationException`
 */
export function validateInput(name: keyof typeof rules, input: JsonObject): ActionData {
  const { types, custom } = rules[name];
  try {
    const data = checkTypes({ ...input }, types);
    checkValidations(data, types, custom, storeOptions);
    return data;
  } catch (error) {
    throw toAwsError(error);
  }
}

/** Throws the error that a dynalite check returned, if any. */
export function assertValid(error: EngineError | null | undefined): void {
  if (error) throw toAwsError(error);
}

/** Converts a dynalite API error to an `AwsError`. Returns other errors unchanged. */
export function toAwsError(error: unknown): unknown {
  const { statusCode, body } = error as EngineError;
  if (statusCode === undefined || body?.__type === undefined) return error;
  const code = body.__type.slice(body.__type.indexOf('#') + 1);
  return new AwsError(code, body.message ?? body.Message ?? '', statusCode);
}
