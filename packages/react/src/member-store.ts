import type { Member, Role, Room, User } from '@roomcast/client';
import { cacheByKey, Store } from './store';

/** A user in a room. Without a role, the user is a member. */
export type RoomMember = Pick<Member, 'userId' | 'username' | 'role'>;

/** The connected members of a room. */
export interface MembersState {
  /** This user first, then the other members in the order of the server, then users who joined later. */
  readonly members: readonly RoomMember[];
  /** Whether the room has members who are not in `members`. */
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  /** Loads the next page of members. `hasMore` stays true if the request fails. */
  readonly loadMore: () => void;
}

/** The state on a server, during hydration and without a room. */
export const NO_MEMBERS: MembersState = {
  members: [],
  hasMore: false,
  isLoading: true,
  loadMore: () => undefined,
};

type Change = (members: readonly RoomMember[]) => readonly RoomMember[];

/** Keeps the members of a room from the time a component first shows them until the room is garbage-collected. */
class MemberStore extends Store<MembersState> {
  private isStarted = false;
  private cursor?: string;
  /** Identifies the page that is loading. */
  private request?: object;
  /** Changes that arrive while a page loads. The server may have read the page before these changes. */
  private changes: Change[] = [];
  /** The roles of all users, including users who left, because a user who joins again keeps the role. */
  private readonly roles = new Map<string, Role | undefined>();

  constructor(private readonly room: Room) {
    super({ ...NO_MEMBERS, loadMore: () => void this.load() });
  }

  protected override start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    const { room } = this;
    room.on('memberJoined', ({ member }) => this.change((members) => this.add(members, member)));
    room.on('memberLeft', ({ member }) => this.change((members) => without(members, member)));
    room.on('memberRenamed', ({ member }) =>
      this.change((members) => members.map((each) => (isSame(each, member) ? { ...each, ...member } : each))),
    );
    room.on('roleChanged', ({ userId, role }) => {
      this.roles.set(userId, role);
      this.change((members) => members.map((each) => (each.userId === userId ? { ...each, role } : each)));
    });
    room.on('joined', () => this.reload());
    this.reload();
  }

  private reload(): void {
    this.cursor = undefined;
    this.request = undefined;
    void this.load();
  }

  private change(change: Change): void {
    if (this.request) this.changes.push(change);
    this.update({ members: change(this.state.members) });
  }

  private add(members: readonly RoomMember[], user: User): RoomMember[] {
    const { userId, username } = user;
    const member = { userId, username, role: this.roles.get(userId) };
    const isListed = members.some((each) => isSame(each, user));
    return isListed ? members.map((each) => (isSame(each, user) ? member : each)) : [...members, member];
  }

  private async load(): Promise<void> {
    if (this.request) return;
    const request = {};
    const { room, cursor } = this;
    this.request = request;
    this.changes = [];
    this.update({ isLoading: true });
    try {
      const page = await room.members(cursor);
      if (this.request !== request) return;
      this.cursor = page.cursor;
      this.roles.set(room.you.userId, room.role);
      for (const { userId, role } of page.members) this.roles.set(userId, role);
      // The server's list can lag behind and omit this user.
      const known = cursor === undefined ? [room.you] : this.state.members;
      const listed = page.members.reduce<readonly RoomMember[]>((all, one) => this.add(all, one), known);
      const members = this.changes.reduce((all, change) => change(all), listed);
      this.update({ members, hasMore: page.cursor !== undefined });
    } catch {
      if (this.request !== request) return;
      this.update({ hasMore: true });
    }
    this.request = undefined;
    this.update({ isLoading: false });
  }
}

function isSame(a: User, b: User): boolean {
  return a.userId === b.userId;
}

function without(members: readonly RoomMember[], user: User): RoomMember[] {
  return members.filter((each) => !isSame(each, user));
}

/** Returns the store of a room's members. All components share it. */
export const memberStoreOf: (room: Room) => Store<MembersState> = cacheByKey((room) => new MemberStore(room));
