import {
  type AttributeValue,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import {
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';

type Item = Record<string, unknown>;

interface Write {
  Item?: Item;
  Key?: Item;
  UpdateExpression?: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
  ReturnValuesOnConditionCheckFailure?: string;
}

type QueryInput = Pick<QueryCommandInput, 'ExpressionAttributeValues' | 'Limit' | 'ScanIndexForward'>;

/**
 * An in-memory table. Each call takes effect immediately and completely, like consistent reads and writes in DynamoDB. Supports
 * the expressions that appends use, and throws an error for other expressions.
 */
export class ModelTable {
  readonly items = new Map<string, Item>();

  run(command: unknown): unknown {
    if (command instanceof GetCommand)
      return { Item: copy(this.items.get(keyOf(command.input.Key as Item))) };
    if (command instanceof PutCommand || command instanceof UpdateCommand) {
      const write = command.input as Write;
      if (!this.holds(write)) throw this.conditionFailed(write);
      return { Attributes: copy(this.write(write)) };
    }
    if (command instanceof QueryCommand) return this.query(command.input);
    if (command instanceof TransactWriteCommand) return this.transact(command.input.TransactItems ?? []);
    throw new Error('The model does not support this command.');
  }

  /** Returns the last items between two sort keys. */
  private query({ ExpressionAttributeValues: values = {}, Limit, ScanIndexForward }: QueryInput): object {
    if (ScanIndexForward !== false) throw new Error('The model does not support this query.');
    const [room, from, to] = [values[':room'], values[':from'], values[':to']].map(String) as [
      string,
      string,
      string,
    ];
    const found = [...this.items.values()].filter(
      ({ pk, sk }) => pk === room && String(sk) >= from && String(sk) <= to,
    );
    const sorted = found.sort((a, b) => (String(a.sk) < String(b.sk) ? 1 : -1));
    return { Items: sorted.slice(0, Limit).map(copy) };
  }

  private transact(actions: readonly object[]): object {
    const writes = actions.map((action) => Object.values(action)[0] as Write);
    const held = writes.map((write) => this.holds(write));
    if (!held.every(Boolean)) {
      const CancellationReasons = writes.map((write, index) =>
        held[index] ? { Code: 'None' } : { Code: 'ConditionalCheckFailed', ...this.returned(write) },
      );
      throw new TransactionCanceledException({ $metadata: {}, message: 'cancelled', CancellationReasons });
    }
    for (const write of writes) this.write(write);
    return {};
  }

  private conditionFailed(write: Write): Error {
    return new ConditionalCheckFailedException({
      $metadata: {},
      message: 'The conditional request failed',
      ...this.returned(write),
    });
  }

  private returned(write: Write): { Item?: Record<string, AttributeValue> } {
    const item = this.items.get(keyOf(write.Item ?? write.Key ?? {}));
    return item && write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD'
      ? { Item: marshallItem(item) }
      : {};
  }

  private write({ Item, Key, UpdateExpression = '', ...write }: Write): Item {
    const key = keyOf(Item ?? Key ?? {});
    const item = Item ? copy(Item) : { ...Key, ...this.items.get(key) };
    const [sets = '', ...removals] = UpdateExpression.split(' REMOVE ');
    for (const update of Item ? [] : sets.replace(/^SET /, '').split(', ')) {
      const [name = '', value = ''] = update.split(' = ');
      if (!/^:\w+$/.test(value)) throw new Error(`The model does not support this update: ${update}`);
      item[write.ExpressionAttributeNames?.[name] ?? name] = write.ExpressionAttributeValues?.[value];
    }
    for (const name of removals.flatMap((names) => names.split(', ')))
      delete item[write.ExpressionAttributeNames?.[name] ?? name];
    this.items.set(key, item);
    return item;
  }

  private holds({ Item, Key, ConditionExpression = '', ...write }: Write): boolean {
    const item = this.items.get(keyOf(Item ?? Key ?? {})) ?? {};
    return parseCondition(ConditionExpression, (term) => evaluateTerm(term, item, write));
  }
}

function marshallItem(item: Item): Record<string, AttributeValue> {
  return marshall(item);
}

function copy<T extends Item | undefined>(item: T): T {
  return item && structuredClone(item);
}

function keyOf({ pk, sk }: Item): string {
  return `${pk} ${sk}`;
}

/** Evaluates an expression that contains terms, AND, OR, and parentheses that are not nested. */
function parseCondition(expression: string, evaluate: (term: string) => boolean): boolean {
  const flat = expression.replace(
    /(?<!attribute_not_exists)\(([^()]*(?:attribute_not_exists\([^()]*\)[^()]*)*)\)/g,
    (_, inner) => (parseFlat(inner, evaluate) ? 'TRUE' : 'FALSE'),
  );
  return parseFlat(flat, evaluate);
}

function parseFlat(expression: string, evaluate: (term: string) => boolean): boolean {
  if (expression === '') return true;
  return expression
    .split(' OR ')
    .some((terms) => terms.split(' AND ').every((term) => evaluate(term.trim())));
}

function evaluateTerm(term: string, item: Item, write: Write): boolean {
  if (term === 'TRUE' || term === 'FALSE') return term === 'TRUE';
  const missing = /^attribute_not_exists\((\w+)\)$/.exec(term);
  if (missing) return item[missing[1] as string] === undefined;
  const [, name, operator, value] = /^(#?\w+) (=|<>|<|<=) (:\w+)$/.exec(term) ?? [];
  if (!name || !value) throw new Error(`The model does not support this condition: ${term}`);
  const attribute = write.ExpressionAttributeNames?.[name] ?? name;
  const [left, right] = [item[attribute], write.ExpressionAttributeValues?.[value]];
  if (operator === '=') return left !== undefined && left === right;
  if (operator === '<>') return left === undefined || left !== right;
  // DynamoDB compares only values of the same type, and a comparison with a missing attribute is false.
  if (typeof left === 'string' && typeof right === 'string' && operator === '<') return left < right;
  if (typeof left !== 'number' || typeof right !== 'number') return false;
  return operator === '<' ? left < right : left <= right;
}
