import type { Entry } from '@roomcast/client';
import { describeReaction, type Reaction, setOwnReaction, toReactions } from '../src/chat/reactions';

const own = (emoji: string, count: number): Reaction => ({ emoji, count, isOwn: true });
const others = (emoji: string, count: number): Reaction => ({ emoji, count, isOwn: false });

const entry = (reactions: Entry['reactions'], byUser?: Entry['byUser']): Entry => ({
  ...{ seq: 2, kind: 'reacted', messageId: 'm', target: 1, from: { userId: 'bob', username: 'Bob' } },
  ...{ text: '', ts: '2026-01-25T12:00:00.000Z', reactions, byUser },
});
const thumbs = [{ emoji: '👍', count: 2 }];

describe('reactions', () => {
  it('takes the reactions of this user from the entry, or else from the previous state', () => {
    expect(toReactions(entry(thumbs, { ada: ['👍'] }), 'ada')).toEqual({ reactions: [own('👍', 2)] });
    expect(toReactions(entry(thumbs, { ada: [] }), 'ada', [own('👍', 1)])).toEqual({
      reactions: [others('👍', 2)],
    });
    expect(toReactions(entry(thumbs, { bob: ['👍'] }), 'ada', [own('👍', 1)])).toEqual({
      reactions: [own('👍', 2)],
    });
    expect(toReactions(entry([]), 'ada', [others('👍', 1)])).toEqual({ reactions: undefined });
  });

  it('keeps a reaction of the user that is not counted yet', () => {
    expect(toReactions(entry(thumbs), 'ada', [own('🎉', 1)])).toEqual({
      reactions: [others('👍', 2), own('🎉', 1)],
    });
  });

  it('applies a change immediately and only once', () => {
    expect(setOwnReaction(undefined, '👍', true)).toEqual({ reactions: [own('👍', 1)] });
    expect(setOwnReaction([others('👍', 2)], '👍', true)).toEqual({ reactions: [own('👍', 3)] });
    expect(setOwnReaction([own('👍', 3)], '👍', true)).toEqual({ reactions: [own('👍', 3)] });
    expect(setOwnReaction([own('👍', 3), own('🎉', 1)], '👍', false)).toEqual({
      reactions: [others('👍', 2), own('🎉', 1)],
    });
    expect(setOwnReaction([own('👍', 1)], '👍', false)).toEqual({ reactions: undefined });
    expect(setOwnReaction(undefined, '👍', false)).toEqual({ reactions: undefined });
  });

  it('describes a reaction with its count', () => {
    expect(describeReaction(others('👍', 1))).toBe('👍 1 reaction');
    expect(describeReaction(own('👍', 2))).toBe('👍 2 reactions, including yours');
  });
});
