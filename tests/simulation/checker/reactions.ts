import { type Check, type RecordOf, recordsOf } from './records';

type Attempt = RecordOf<'react'>;

/**
 * Checks that the reaction counts of a message match the confirmed reactions of all users. The state of a reaction is unknown
 * if its last change was rejected or not confirmed.
 */
export const checkReactions: Check = (records) => {
  const problems: string[] = [];
  const attempts = new Map(recordsOf(records, 'react').map((attempt) => [keyOf(attempt), attempt]));
  const confirmed = new Map(recordsOf(records, 'reacted').map((reacted) => [keyOf(reacted), reacted]));
  const changes = [...attempts].map(([key, attempt]) => ({
    ...attempt,
    isKnown: isLastChange(records, attempt) && confirmed.get(key)?.remove === attempt.remove,
  }));
  for (const { client, room, seq, counts } of recordsOf(records, 'reactions')) {
    const ofMessage = changes.filter((change) => change.room === room && change.seq === seq);
    for (const emoji of new Set([...Object.keys(counts), ...ofMessage.map((change) => change.emoji)])) {
      const ofEmoji = ofMessage.filter((change) => change.emoji === emoji);
      const least = ofEmoji.filter(({ isKnown, remove }) => isKnown && !remove).length;
      const most = least + ofEmoji.filter(({ isKnown }) => !isKnown).length;
      const count = counts[emoji] ?? 0;
      if (count < least || count > most)
        problems.push(
          `${client} reads ${count} × ${emoji} at message ${seq} of room ${room}, not ${least} to ${most}.`,
        );
    }
  }
  return problems;
};

function keyOf({ client, room, seq, emoji }: Pick<Attempt, 'client' | 'room' | 'seq' | 'emoji'>): string {
  return JSON.stringify([client, room, seq, emoji]);
}

/** Returns whether the last attempt is followed by a confirmation, which therefore belongs to this attempt. */
function isLastChange(records: Parameters<Check>[0], attempt: Attempt): boolean {
  const isSame = (record: (typeof records)[number]) =>
    (record.type === 'react' || record.type === 'reacted') && keyOf(record) === keyOf(attempt);
  return records.findLast(isSame)?.type === 'reacted';
}
