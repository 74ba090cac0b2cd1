import { AwsError, type JsonObject } from '../../core/service';
import { validateInput } from '../engine/validation';
import type { ActionData, Index, Table } from '../types';
import { hasSeveralAttributes } from './indexes';

/** The maximum number of attributes in the partition key and in the sort key of an index. */
const MAX_ATTRIBUTES = 4;

/**
 * Validates the input of CreateTable. dynalite supports only one attribute per key, so it receives only the first attribute of
 * each key.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
 *
 * @throws AwsError `ValidationException`
 */
export function validateCreateTable(input: JsonObject): ActionData {
  const indexes = (input.GlobalSecondaryIndexes ?? []) as readonly Index[];
  if (!indexes.some(hasSeveralAttributes)) return validateInput('CreateTable', input);
  const defined = (input.AttributeDefinitions as Table['AttributeDefinitions']).map(
    ({ AttributeName }) => AttributeName,
  );
  const problem = indexes.map((index) => keyProblem(index, defined)).find((text) => text !== undefined);
  if (problem !== undefined)
    throw new AwsError('ValidationException', `One or more parameter values were invalid: ${problem}`);
  const reduced = indexes.map((index) => ({ ...index, KeySchema: firstOfEachKey(index) }));
  const data = validateInput('CreateTable', { ...input, GlobalSecondaryIndexes: reduced });
  const validated = data.GlobalSecondaryIndexes as readonly Index[];
  return {
    ...data,
    GlobalSecondaryIndexes: validated.map((index, i) => ({ ...index, KeySchema: indexes[i]?.KeySchema })),
  };
}

function firstOfEachKey({ KeySchema }: Index): Index['KeySchema'] {
  return KeySchema.filter((key, i) => KeySchema.findIndex(({ KeyType }) => KeyType === key.KeyType) === i);
}

function keyProblem({ IndexName, KeySchema }: Index, defined: readonly string[]): string | undefined {
  const names = KeySchema.map(({ AttributeName }) => AttributeName);
  const missing = names.filter((name) => !defined.includes(name));
  if (missing.length > 0)
    return (
      `Some index key attributes are not defined in AttributeDefinitions. Keys: [${names.join(', ')}], ` +
      `AttributeDefinitions: [${defined.join(', ')}]`
    );
  if (new Set(names).size < names.length)
    return `The key schema of ${IndexName} has an attribute twice: [${names.join(', ')}]`;
  const types = KeySchema.map(({ KeyType }) => KeyType);
  if (types.lastIndexOf('HASH') > types.indexOf('RANGE') && types.includes('RANGE'))
    return `The key schema of ${IndexName} has a HASH attribute after a RANGE attribute`;
  const tooLong = (['HASH', 'RANGE'] as const).find(
    (keyType) => types.filter((type) => type === keyType).length > MAX_ATTRIBUTES,
  );
  return tooLong && `The key schema of ${IndexName} has more than ${MAX_ATTRIBUTES} ${tooLong} attributes`;
}
