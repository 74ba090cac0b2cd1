import type { JsonObject } from '../src/core/service';
import { matchesPattern } from '../src/events';
import { explainMismatch } from '../src/events/explain';

const event = {
  source: 'orders',
  'detail-type': 'OrderPlaced',
  detail: {
    kind: 'express',
    amount: 5,
    items: [
      { sku: 'a', count: 1 },
      { sku: 'b', count: 2 },
    ],
    tags: [],
  },
};

describe('the explanation of a mismatch', () => {
  it.each<[string, JsonObject, unknown]>([
    [
      'nothing if the pattern matches',
      { source: ['orders'], detail: { amount: [{ numeric: ['>', 4] }] } },
      [],
    ],
    [
      'the value of a field',
      { source: ['orders', 'other'], detail: { kind: ['normal'], amount: [5] } },
      [{ path: 'detail.kind', expected: ['normal'], actual: 'express' }],
    ],
    [
      'every field that does not match',
      { source: ['x'], detail: { amount: [{ numeric: ['<', 5] }] } },
      [
        { path: 'source', expected: ['x'], actual: 'orders' },
        { path: 'detail.amount', expected: [{ numeric: ['<', 5] }], actual: 5 },
      ],
    ],
    ['an absent field', { detail: { room: ['7'] } }, [{ path: 'detail.room', expected: ['7'] }]],
    [
      'a field that must be absent',
      { detail: { kind: [{ exists: false }] } },
      [{ path: 'detail.kind', expected: [{ exists: false }], actual: 'express' }],
    ],
    [
      'a field in an array of objects',
      { detail: { items: { sku: ['c'] } } },
      [{ path: 'detail.items.sku', expected: ['c'], actual: ['a', 'b'] }],
    ],
    [
      'fields that only different elements of an array match',
      { detail: { items: { sku: ['a'], count: [2] } } },
      [{ path: 'detail.items', expected: { sku: ['a'], count: [2] }, actual: event.detail.items }],
    ],
    [
      'the alternatives of $or',
      { detail: { $or: [{ kind: ['normal'] }, { amount: [6] }] } },
      [{ path: 'detail.$or', expected: [{ kind: ['normal'] }, { amount: [6] }], actual: event.detail }],
    ],
    ['an empty array', { detail: { tags: ['x'] } }, [{ path: 'detail.tags', expected: ['x'], actual: [] }]],
    ['a field below a string', { source: { a: ['x'] } }, [{ path: 'source.a', expected: ['x'] }]],
  ])('names %s', (_name, pattern, mismatches) => {
    expect(explainMismatch(pattern, event)).toEqual(mismatches);
    expect(matchesPattern(pattern, event)).toBe((mismatches as unknown[]).length === 0);
  });
});
