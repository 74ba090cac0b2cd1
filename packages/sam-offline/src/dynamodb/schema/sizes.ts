import { AwsError } from '../../core/service';
import type { AttributeValue, Index, Item, Table } from '../types';
import { listIndexes } from './indexes';

const MAX_ITEM_BYTES = 400 * 1024;
const MAX_KEY_BYTES = { HASH: 2048, RANGE: 1024 } as const;

/**
 * Returns the size of an item in bytes, as AWS calculates it: attribute names and strings in UTF-8, numbers by their digits.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const name in item) bytes += Buffer.byteLength(name) + valueBytes(item[name] as AttributeValue);
  return bytes;
}

function valueBytes(value: AttributeValue): number {
  for (const type in value) {
    const content = value[type] as never;
    switch (type) {
      case 'S':
        return Buffer.byteLength(content);
      case 'N':
        return numberBytes(content);
      case 'B':
        return Buffer.byteLength(content, 'base64');
      case 'SS':
        return sum(content, (text: string) => Buffer.byteLength(text));
      case 'NS':
        return sum(content, numberBytes);
      case 'BS':
        return sum(content, (text: string) => Buffer.byteLength(text, 'base64'));
      case 'L':
        return 3 + sum(content, (element: AttributeValue) => 1 + valueBytes(element));
      case 'M':
        return 3 + Object.keys(content).length + itemBytes(content);
      default:
        return 1;
    }
  }
  return 0;
}

/**
 * Returns the size of a number. According to the AWS documentation, the size is about one byte per two significant digits, plus
 * one byte.
 */
function numberBytes(text: string): number {
  const digits = text.replace(/^-?0*\.?0*|\./g, '').replace(/0+$/, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

function sum<T>(elements: readonly T[], bytesOf: (element: T) => number): number {
  return elements.reduce((total, element) => total + bytesOf(element), 0);
}

/** @throws AwsError `ValidationException` with `message` if the item is over 400 KB */
export function assertItemSize(item: Item, message: string): void {
  if (itemBytes(item) > MAX_ITEM_BYTES) throw new AwsError('ValidationException', message);
}

/**
 * Enforces the size limits of primary keys: 2,048 bytes for the partition key and 1,024 bytes for the sort key. dynalite counts
 * UTF-16 code units instead of bytes.
 *
 * @throws AwsError `ValidationException`
 */
export function assertKeySize(table: Table, key: Item): void {
  for (const { AttributeName, KeyType } of table.KeySchema) {
    if (keyBytes(key[AttributeName]) <= MAX_KEY_BYTES[KeyType]) continue;
    throw new AwsError(
      'ValidationException',
      KeyType === 'HASH'
        ? 'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes'
        : 'One or more parameter values were invalid: ' +
            'Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
    );
  }
}

/**
 * Checks the index key attributes of an item. They must not be empty, and the size limits of table keys apply. dynalite checks
 * only their types.
 *
 * @throws AwsError `ValidationException`
 */
export function assertIndexKeys(table: Table, item: Item): void {
  for (const { index } of listIndexes(table)) {
    for (const { AttributeName, KeyType } of index.KeySchema) {
      const value = item[AttributeName];
      if (value === undefined) continue;
      if (value.S === '' || value.B === '')
        throw emptyIndexKey(index, AttributeName, value.S === '' ? 'string' : 'binary');
      if (keyBytes(value) > MAX_KEY_BYTES[KeyType]) {
        throw new AwsError(
          'ValidationException',
          'One or more parameter values were invalid: Size limit exceeded',
        );
      }
    }
  }
}

function emptyIndexKey({ IndexName }: Index, attribute: string, type: string): AwsError {
  return new AwsError(
    'ValidationException',
    'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
      `The AttributeValue for a key attribute cannot contain an empty ${type} value. ` +
      `IndexName: ${IndexName}, IndexKey: ${attribute}`,
  );
}

function keyBytes(value: AttributeValue | undefined): number {
  return value?.S === undefined && value?.B === undefined ? 0 : valueBytes(value);
}
