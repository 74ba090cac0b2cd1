import type { Entry, RoomLogRef } from '../types';
import type { Entries } from './ports';

/**
 * Completes the entries of a page. Only messages store texts and counts of reactions. This function adds the current text of
 * the message to edits, and the current counts of the message to entries of kind `reacted`. If the message was deleted or has
 * expired, these entries become void.
 *
 * @param readerId the user whose own reactions are added.
 */
export async function completeEntries(
  log: Pick<Entries, 'readEntriesBySeq' | 'readReactions'>,
  ref: RoomLogRef,
  entries: readonly Entry[],
  readerId?: string,
): Promise<Entry[]> {
  const targets = entries.flatMap(({ kind, target }) =>
    (kind === 'edited' || kind === 'reacted') && target !== undefined ? [target] : [],
  );
  const messages = targets.length === 0 ? [] : await log.readEntriesBySeq(ref, targets);
  const bySeq = new Map(messages.map((message) => [message.seq, message]));
  const completed = entries.map((entry): Entry => {
    if (entry.kind !== 'edited' && entry.kind !== 'reacted') return entry;
    const message = bySeq.get(entry.target as number);
    if (message?.kind !== 'message') return { ...entry, kind: 'void' };
    if (entry.kind === 'edited') return { ...entry, text: message.text };
    return { ...entry, reactions: message.reactions ?? [] };
  });
  return readerId === undefined ? completed : addOwnReactions(log, ref, completed, readerId);
}

/** Adds the reader's own reactions. Reads them only for messages with reactions. */
async function addOwnReactions(
  log: Pick<Entries, 'readReactions'>,
  ref: RoomLogRef,
  entries: readonly Entry[],
  readerId: string,
): Promise<Entry[]> {
  const seqs = entries.flatMap((entry) => (entry.reactions ? [reactedSeq(entry)] : []));
  if (seqs.length === 0) return [...entries];
  const own = await log.readReactions(ref, seqs, readerId);
  return entries.map((entry) =>
    entry.reactions ? { ...entry, byUser: { [readerId]: own.get(reactedSeq(entry)) ?? [] } } : entry,
  );
}

function reactedSeq({ seq, target }: Entry): number {
  return target ?? seq;
}
