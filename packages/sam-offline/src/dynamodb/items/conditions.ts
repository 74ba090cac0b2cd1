import { mapPath, toLexiStr } from 'dynalite/db';
import { AwsError } from '../../core/service';
import type { ActionData, AttributeValue, Item } from '../types';

/** A condition or filter expression, as parsed by dynalite. */
export type Expression =
  | { readonly type: 'and' | 'or' | 'not'; readonly args: readonly Expression[] }
  | { readonly type: 'function'; readonly name: string; readonly args: readonly Operand[] }
  | { readonly type: string; readonly args: readonly Operand[] };

/** A document path, a call to the `size` function, or a value. */
type Operand =
  | readonly (string | number)[]
  | { readonly type: 'function'; readonly args: readonly Operand[] }
  | AttributeValue;

type Value = AttributeValue | undefined;

/**
 * Returns whether `item` satisfies a condition or filter expression. Does not use dynalite's evaluation, because dynalite
 * treats two missing attributes as equal, treats equal lists and maps as different, and sorts strings by UTF-16 code units
 * instead of bytes.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
export function evaluateCondition(expression: Expression, item: Item): boolean {
  switch (expression.type) {
    case 'and':
      return (expression.args as Expression[]).every((part) => evaluateCondition(part, item));
    case 'or':
      return (expression.args as Expression[]).some((part) => evaluateCondition(part, item));
    case 'not':
      return !evaluateCondition(expression.args[0] as Expression, item);
    default: {
      const name = 'name' in expression ? expression.name : expression.type;
      const [first, ...rest] = (expression.args as Operand[]).map((operand) => resolveOperand(operand, item));
      return evaluateOperator(name, first, rest);
    }
  }
}

/**
 * Checks the condition of a write, if there is one, against the current item.
 *
 * @throws AwsError `ConditionalCheckFailedException`
 */
export function assertCondition(data: ActionData, item: Item | undefined): void {
  const condition = data._condition as { expression: Expression } | undefined;
  if (!condition || evaluateCondition(condition.expression, item ?? {})) return;
  throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed');
}

function evaluateOperator(name: string, left: Value, rest: readonly Value[]): boolean {
  const [right, upper] = rest;
  switch (name) {
    case '=':
      return areEqual(left, right);
    case '<>':
      return !areEqual(left, right);
    case '<':
      return compareOrdered(left, right, (sign) => sign < 0);
    case '<=':
      return compareOrdered(left, right, (sign) => sign <= 0);
    case '>':
      return compareOrdered(left, right, (sign) => sign > 0);
    case '>=':
      return compareOrdered(left, right, (sign) => sign >= 0);
    case 'between':
      return (
        compareOrdered(left, right, (sign) => sign >= 0) && compareOrdered(left, upper, (sign) => sign <= 0)
      );
    case 'in':
      return rest.some((value) => areEqual(left, value));
    case 'attribute_exists':
      return left !== undefined;
    case 'attribute_not_exists':
      return left === undefined;
    case 'attribute_type':
      return left !== undefined && typeOf(left) === right?.S;
    case 'begins_with':
      return beginsWith(left, right);
    case 'contains':
      return contains(left, right);
    default:
      throw new Error(`Unknown operator in expression: ${name}`);
  }
}

function resolveOperand(operand: Operand, item: Item): Value {
  if (Array.isArray(operand)) return mapPath(operand, item) ?? undefined;
  const call = operand as { type?: string; args?: readonly Operand[] };
  if (call.type === 'function' && call.args)
    return sizeFunction(resolveOperand(call.args[0] as Operand, item));
  return operand as AttributeValue;
}

/** Evaluates `size`. Returns undefined for types that have no size. */
function sizeFunction(value: Value): Value {
  const content = value?.[typeOf(value)];
  if (value?.B !== undefined) return { N: String(Buffer.byteLength(content as string, 'base64')) };
  if (typeof content === 'string') return value?.S === undefined ? undefined : { N: String(content.length) };
  if (Array.isArray(content)) return { N: String(content.length) };
  return value?.M === undefined ? undefined : { N: String(Object.keys(value.M as object).length) };
}

/**
 * Returns whether two values are equal. The order of set elements does not matter. Lists and maps are compared element by
 * element.
 */
export function areEqual(left: Value, right: Value): boolean {
  return left !== undefined && right !== undefined && canonical(left) === canonical(right);
}

/** Serializes a value, so that equal values result in the same text. Sorts set elements and map keys. */
function canonical(value: AttributeValue): string {
  const type = typeOf(value);
  const content = value[type];
  switch (type) {
    case 'SS':
    case 'NS':
    case 'BS':
      return JSON.stringify([type, [...(content as string[])].sort()]);
    case 'L':
      return JSON.stringify([type, (content as AttributeValue[]).map(canonical)]);
    case 'M':
      return JSON.stringify([
        type,
        Object.entries(content as Item)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, element]) => [name, canonical(element)]),
      ]);
    default:
      return JSON.stringify([type, content]);
  }
}

/** Compares two strings, numbers or binary values. Returns false if the types differ or have no order. */
function compareOrdered(left: Value, right: Value, test: (sign: number) => boolean): boolean {
  if (!left || !right) return false;
  const type = typeOf(left);
  if (type !== typeOf(right) || (type !== 'S' && type !== 'N' && type !== 'B')) return false;
  return test(Buffer.compare(sortableBytes(left), sortableBytes(right)));
}

function sortableBytes(value: AttributeValue): Buffer {
  if (value.N !== undefined) return Buffer.from(toLexiStr(value.N as string, 'N'));
  return valueBytes(value);
}

function beginsWith(left: Value, right: Value): boolean {
  if (!left || !right || typeOf(left) !== typeOf(right)) return false;
  const start = valueBytes(right);
  return valueBytes(left).subarray(0, start.length).equals(start);
}

function contains(left: Value, right: Value): boolean {
  if (!left || !right) return false;
  const type = typeOf(left);
  const elementType = typeOf(right);
  if (type === 'L') return (left.L as AttributeValue[]).some((element) => areEqual(element, right));
  if (type === `${elementType}S`) return (left[type] as unknown[]).includes(right[elementType]);
  return (
    type === elementType && (type === 'S' || type === 'B') && valueBytes(left).includes(valueBytes(right))
  );
}

function valueBytes(value: AttributeValue): Buffer {
  return value.B === undefined ? Buffer.from(value.S as string) : Buffer.from(value.B as string, 'base64');
}

function typeOf(value: AttributeValue): string {
  return Object.keys(value)[0] ?? '';
}
