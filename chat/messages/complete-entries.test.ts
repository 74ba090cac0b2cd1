import type { Entry, RoomLogRef } from '../types';
import { completeEntries } from './complete-entries';

const entry = (seq: number, more: Partial<Entry>): Entry => ({
  ...{ room: 'lobby', epoch: 'e', seq, kind: 'message', messageId: `id ${seq}`, ts: 0, text: '' },
  from: { userId: 'g-1', username: 'Ada' },
  ...more,
});

describe('completeEntries', () => {
  it('reads the current texts of the edited messages only', async () => {
    const reads: unknown[][] = [];
    const log = {
      readReactions: async () => new Map(),
      readEntriesBySeq: async ({ room, epoch }: RoomLogRef, seqs: readonly number[]) => {
        reads.push([room, epoch, [...seqs]]);
        return [entry(1, { text: 'now' }), entry(2, { kind: 'void' })];
      },
    };
    const entries = [
      entry(5, { text: 'hi' }),
      entry(6, { kind: 'edited', target: 1 }),
      entry(7, { kind: 'deleted', target: 2 }),
      entry(8, { kind: 'edited', target: 2 }),
      entry(9, { kind: 'edited', target: 3 }),
    ];
    const resolved = await completeEntries(log, { room: 'lobby', epoch: 'e' }, entries);
    expect(resolved.map(({ kind, text }) => [kind, text])).toEqual([
      ['message', 'hi'],
      ['edited', 'now'],
      ['deleted', ''],
      ['void', ''], // the message was deleted
      ['void', ''], // the message has expired
    ]);
    expect(reads).toEqual([['lobby', 'e', [1, 2, 3]]]);
    await completeEntries(log, { room: 'lobby', epoch: 'e' }, entries.slice(0, 1));
    expect(reads).toHaveLength(1);
  });
});
