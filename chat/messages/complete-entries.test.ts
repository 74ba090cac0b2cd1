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

  it("adds the current counts, and the reader's own reactions", async () => {
    const reactions = [{ emoji: '👍', count: 2 }];
    const reads: unknown[][] = [];
    const log = {
      readEntriesBySeq: async () => [entry(1, { reactions }), entry(2, {})],
      readReactions: async (_: RoomLogRef, seqs: readonly number[], userId: string) => {
        reads.push([[...seqs], userId]);
        return new Map([[1, ['👍']]]);
      },
    };
    const ref = { room: 'lobby', epoch: 'e' };
    const entries = [
      entry(1, { reactions }),
      entry(3, { reactions }),
      entry(4, { kind: 'reacted', target: 1 }),
      entry(5, { kind: 'reacted', target: 2 }),
      entry(6, {}),
    ];
    const completed = await completeEntries(log, ref, entries, 'g-1');
    expect(completed.map(({ seq, reactions: counts, byUser }) => [seq, counts, byUser])).toEqual([
      [1, reactions, { 'g-1': ['👍'] }],
      [3, reactions, { 'g-1': [] }],
      [4, reactions, { 'g-1': ['👍'] }],
      [5, [], { 'g-1': [] }],
      [6, undefined, undefined],
    ]);
    expect(reads).toEqual([[[1, 3, 1, 2], 'g-1']]);
    const forNobody = await completeEntries(log, ref, entries);
    expect(forNobody.map(({ byUser }) => byUser)).toEqual(entries.map(() => undefined));
    expect(await completeEntries(log, ref, [entry(6, {})], 'g-1')).toEqual([entry(6, {})]);
    expect(reads).toHaveLength(1);
  });
});
