import type { JsonObject } from '../core/service';

/** An attribute value of DynamoDB's API, such as `{ S: 'text' }`. */
export type AttributeValue = Readonly<Record<string, unknown>>;

type Item = Readonly<Record<string, AttributeValue>>;

/** Converts an item to plain values. Numbers that JavaScript cannot represent lose precision. */
export function fromItem(item: Item): JsonObject {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, fromAttribute(value)]));
}

function fromAttribute(attribute: AttributeValue): unknown {
  const [[type, value] = []] = Object.entries(attribute);
  switch (type) {
    case 'N':
      return Number(value);
    case 'B':
      return Buffer.from(String(value), 'base64');
    case 'NULL':
      return null;
    case 'SS':
      return new Set(value as string[]);
    case 'NS':
      return new Set((value as string[]).map(Number));
    case 'BS':
      return new Set((value as string[]).map((text) => Buffer.from(text, 'base64')));
    case 'L':
      return (value as AttributeValue[]).map(fromAttribute);
    case 'M':
      return fromItem(value as Item);
    default:
      return value;
  }
}

/** Converts plain values to an item. Members with the value undefined are omitted. */
export function toItem(values: Readonly<Record<string, unknown>>): Record<string, AttributeValue> {
  const members = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(members.map(([name, value]) => [name, toAttribute(value)]));
}

function toAttribute(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number' || typeof value === 'bigint') return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: Buffer.from(value).toString('base64') };
  if (value instanceof Set) return toSet([...value]);
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  if (typeof value === 'object') return { M: toItem(value as JsonObject) };
  throw new TypeError(`DynamoDB has no type for a ${typeof value}.`);
}

/** Converts the values of a set. All values have the same type. */
function toSet(values: readonly unknown[]): AttributeValue {
  const attributes = values.map((value) => Object.entries(toAttribute(value))[0] as [string, unknown]);
  return { [`${attributes[0]?.[0]}S`]: attributes.map(([, value]) => value) };
}
