import type { Item } from '../src/chat/room-state';
import { findMessages } from '../src/chat/search';

const from = { userId: 'bob', username: 'Bob' };
const message = (seq: number, text: string): Item => ({
  kind: 'message',
  key: `m${seq}`,
  seq,
  from,
  text,
  ts: seq,
});
const items: Item[] = [
  message(1, 'The first Café'),
  { kind: 'broadcast', key: 'b1', text: 'cafe closes', ts: 2 },
  message(2, 'nothing here'),
  message(3, 'CAFE\u0301 again'),
];

describe('search', () => {
  it('finds messages in any case and normal form, newest first', () => {
    expect(findMessages(items, ' café ')).toEqual(['m3', 'm1']);
    expect(findMessages(items, 'the FIRST')).toEqual(['m1']);
    expect(findMessages(items, 'closes')).toEqual([]);
  });

  it.each(['', '  '])('finds nothing for the query %j', (query) => {
    expect(findMessages(items, query)).toEqual([]);
  });
});
