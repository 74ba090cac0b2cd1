import type { Record } from '../harness/history';
import { type Check, type RecordOf, sendTimes, usersOf } from './records';

/** The maximum time until the index no longer contains the removed rows of a banned user. */
const INDEX_MS = 5000;

/**
 * Checks that only members receive messages, and that banned users receive no messages that are sent after the ban is
 * confirmed.
 */
export const checkAudience: Check = (records) => [...checkStrangers(records), ...checkBanned(records)];

function checkStrangers(records: readonly Record[]): string[] {
  const invited = new Set<string>();
  const problems: string[] = [];
  for (const record of records) {
    if (record.type === 'join') invited.add(`${record.client} ${record.room}`);
    if (record.type === 'frame' && !invited.has(`${record.client} ${record.room}`))
      problems.push(`${record.client} receives ${record.seq} of room ${record.room}, which it never joined.`);
  }
  return problems;
}

function checkBanned(records: readonly Record[]): string[] {
  const users = usersOf(records);
  const sentAt = sendTimes(records);
  const bans = new Bans();
  const problems: string[] = [];
  for (const record of records) {
    bans.apply(record);
    if (record.type !== 'frame') continue;
    const { client, room, seq, messageId } = record;
    const bannedAt = bans.since(room, users.get(client) ?? '');
    const t = sentAt.get(messageId);
    if (bannedAt !== undefined && t !== undefined && t > bannedAt + INDEX_MS)
      problems.push(`${client} receives ${seq} of room ${room}, which was sent after its ban.`);
  }
  return problems;
}

/**
 * Tracks the bans that are certainly in effect. A ban or unban request can take effect at any time between its start and its
 * reply.
 */
class Bans {
  private readonly confirmedAt = new Map<string, number>();
  private readonly pendingUnbans = new Map<string, number>();
  /** The pending bans. If an unban overlaps a ban, the order of their effects is uncertain. */
  private readonly pendingBans = new Map<string, { count: number; uncertain: number }>();

  apply(record: Record): void {
    if ((record.type !== 'remove' && record.type !== 'removed') || record.action === 'kick') return;
    const key = keyOf(record);
    const bans = this.pendingBans.get(key) ?? { count: 0, uncertain: 0 };
    this.pendingBans.set(key, bans);
    const unbans = this.pendingUnbans.get(key) ?? 0;
    if (record.action === 'unban') {
      this.pendingUnbans.set(key, unbans + (record.type === 'remove' ? 1 : -1));
      this.confirmedAt.delete(key);
      bans.uncertain = bans.count;
    } else if (record.type === 'remove') bans.count += 1;
    else {
      bans.count -= 1;
      if (bans.uncertain > 0) bans.uncertain -= 1;
      else if (unbans === 0) this.confirmedAt.set(key, record.t);
    }
  }

  since(room: string, user: string): number | undefined {
    return this.confirmedAt.get(`${room} ${user}`);
  }
}

function keyOf({ room, user }: RecordOf<'remove' | 'removed'>): string {
  return `${room} ${user}`;
}
