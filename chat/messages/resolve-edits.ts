import type { Entry, RoomLogRef } from '../types';
import type { Entries } from './ports';

/**
 * Completes the edits of a page with the current texts of their messages, because texts are stored in messages only. An
 * edit whose message was deleted or has expired becomes void.
 */
export async function resolveEdits(
  log: Pick<Entries, 'readEntriesBySeq'>,
  ref: RoomLogRef,
  entries: readonly Entry[],
): Promise<Entry[]> {
  const targets = entries.flatMap(({ kind, target }) =>
    kind === 'edited' && target !== undefined ? [target] : [],
  );
  const messages = targets.length === 0 ? [] : await log.readEntriesBySeq(ref, targets);
  const bySeq = new Map(messages.map((message) => [message.seq, message]));
  return entries.map((entry) => {
    if (entry.kind !== 'edited') return entry;
    const message = bySeq.get(entry.target as number);
    return message?.kind === 'message' ? { ...entry, text: message.text } : { ...entry, kind: 'void' };
  });
}
