import type { MessageItem } from '../src/chat/items';
import { findMessages } from '../src/chat/search';

const from = { userId: 'bob', username: 'Bob' };
const message = (seq: number, text: string): MessageItem => ({
  kind: 'message',
  key: `m${seq}`,
  seq,
  from,
  text,
  ts: seq,
});
const messages = [message(1, 'The first Café'), message(2, 'nothing here'), message(3, 'CAFE\u0301 again')];
const find = (query: string) => findMessages(messages, query).map(({ key }) => key);

describe('search', () => {
  it('finds messages in any case and normal form', () => {
    expect(find(' café ')).toEqual(['m1', 'm3']);
    expect(find('the FIRST')).toEqual(['m1']);
    expect(find('closes')).toEqual([]);
  });

  it.each(['', '  '])('finds nothing for the query %j', (query) => {
    expect(find(query)).toEqual([]);
  });
});
