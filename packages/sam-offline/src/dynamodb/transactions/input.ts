import { AwsError, isObject, type JsonObject } from '../../core/service';
import type { WriteName } from '../items/writes';

const MAX_ACTIONS = 100;

interface ActionRules {
  readonly name: WriteName;
  /** Allowed members in addition to `COMMON_MEMBERS`. */
  readonly allowed: readonly string[];
  /** A member that is required in a transaction, but optional in a single write. */
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

interface WriteAction {
  readonly name: WriteName;
  /** The input of the single write `name`. */
  readonly input: JsonObject;
}

/**
 * Returns the actions of TransactWriteItems in order, each as the input of the corresponding single write.
 *
 * @throws AwsError `ValidationException`
 */
export function parseWriteActions(input: JsonObject): WriteAction[] {
  return transactItems(input).map((member, i) => parseWriteAction(member, i + 1));
}

/**
 * Returns the gets of TransactGetItems in order, each as the input of GetItem.
 *
 * @throws AwsError `ValidationException`
 */
export function parseGetActions(input: JsonObject): JsonObject[] {
  return transactItems(input).map(({ Get }) => {
    if (!isObject(Get)) throw validationError('TransactItems can only contain Get');
    return pick(Get, GET_MEMBERS);
  });
}

function parseWriteAction(member: JsonObject, position: number): WriteAction {
  const names = Object.keys(member).filter((name) => Object.hasOwn(actions, name) && isObject(member[name]));
  if (names.length !== 1)
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  const kind = names[0] as string;
  const { name, allowed, required } = actions[kind] as ActionRules;
  const input = pick(member[kind] as JsonObject, [...COMMON_MEMBERS, ...allowed]);
  if (required && input[required] === undefined) {
    const path = ['transactItems', position, 'member', lowerFirst(kind), lowerFirst(required)].join('.');
    throw validationError(
      `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
    );
  }
  return { name, input };
}

function transactItems({ TransactItems }: JsonObject): JsonObject[] {
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
  throw validationError(
    `1 validation error detected: Value ${shown} at 'transactItems' failed to satisfy constraint: Member must ${problem}`,
  );
}

/** @throws AwsError `ValidationException` */
export function assertToken(token: unknown): asserts token is string {
  if (typeof token === 'string' && token.length >= 1 && token.length <= 36) return;
  const bound = token === '' ? 'greater than or equal to 1' : 'less than or equal to 36';
  throw validationError(
    `1 validation error detected: Value '${token}' at 'clientRequestToken' failed to satisfy constraint: ` +
      `Member must have length ${bound}`,
  );
}

function validationError(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

function pick(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.filter((name) => from[name] != null).map((name) => [name, from[name]]));
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
