import type { Record } from '../harness/history';
import { type RecordOf, usersOf } from './records';

interface Follow {
  /** The number of requests to follow the room that have no reply. They can take effect at any time. */
  pending: number;
  /** When the user had certainly ended following the room. Undefined while the user may follow the room. */
  endedAt: number | undefined;
  /** Whether the user certainly follows the room. */
  isCertain: boolean;
}

/** Tracks which users certainly follow a room, and which users certainly do not. */
export class Follows {
  private readonly follows = new Map<string, Follow>();
  private readonly users: Map<string, string>;

  constructor(records: readonly Record[]) {
    this.users = usersOf(records);
  }

  get(user: string, room: string): Follow {
    const key = `${room} ${user}`;
    const follow = this.follows.get(key) ?? {
      pending: 0,
      endedAt: Number.NEGATIVE_INFINITY,
      isCertain: false,
    };
    this.follows.set(key, follow);
    return follow;
  }

  followersOf(room: string): string[] {
    const certain = [...this.follows].filter(
      ([key, { isCertain }]) => isCertain && key.startsWith(`${room} `),
    );
    return certain.map(([key]) => key.slice(room.length + 1));
  }

  apply(record: Record): void {
    if (record.type === 'follow' || record.type === 'followed') this.applyRequest(record);
    else if ((record.type === 'remove' || record.type === 'removed') && record.action !== 'unban') {
      const follow = this.get(record.user, record.room);
      follow.isCertain = false;
      if (record.type === 'removed' && follow.pending === 0) follow.endedAt = record.t;
    }
  }

  private applyRequest({ type, client, room, on, t }: RecordOf<'follow' | 'followed'>): void {
    const follow = this.get(this.users.get(client) ?? '', room);
    if (type === 'follow') {
      follow.isCertain = false;
      if (on) Object.assign(follow, { pending: follow.pending + 1, endedAt: undefined });
    } else if (on) {
      follow.pending -= 1;
      follow.isCertain = follow.pending === 0;
    } else if (follow.pending === 0) follow.endedAt = t;
  }
}
