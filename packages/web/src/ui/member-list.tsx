import { isModerator, lowerRoles } from '../chat/roles';
import type { RoomMember, RoomState } from '../chat/room-state';
import type { SavedData } from '../chat/saved-data';
import type { Session } from '../chat/session';
import { Avatar } from './avatar';
import { AwayToggle } from './away-toggle';
import { BanList } from './ban-list';
import { BlockToggle } from './block-toggle';
import { CrossIcon, EditIcon, MoreIcon, PrivateMessageIcon } from './icons';
import { NotificationToggle } from './notification-toggle';
import type { OpenDialog } from './room-dialogs';
import { formatName, UserName } from './user-name';

interface Props {
  session: Session;
  state: RoomState;
  savedData: SavedData;
  /** The users whose names look like another user's name. */
  lookAlikes: ReadonlySet<string>;
  openDialog: (dialog: OpenDialog) => void;
  close: () => void;
}

/** Lists the loaded members of the room: this user first, then the other members by name. */
export function MemberList({ session, state, savedData, lookAlikes, openDialog, close }: Props) {
  const { members, memberCount, you, role } = state;
  const manageable = state.isMissing ? [] : lowerRoles(role);
  const others = members.filter(({ userId }) => userId !== you.userId);
  const sorted: RoomMember[] = [
    { ...you, role },
    ...others.sort((a, b) => a.username.localeCompare(b.username)),
  ];
  const unlisted = memberCount - sorted.length;
  return (
    <aside class="members" id="members" aria-labelledby="members-title">
      <header>
        <h2 id="members-title">
          In this room <span class="count">{Math.max(memberCount, sorted.length)}</span>
        </h2>
        <button type="button" class="icon close" aria-label="Close member list" onClick={close}>
          <CrossIcon />
        </button>
      </header>
      <ul>
        {sorted.map((member) => {
          const isLookAlike = lookAlikes.has(member.userId);
          const name = formatName(member, isLookAlike);
          return (
            <li key={member.userId}>
              <Avatar user={member} />
              <span class="name">
                <UserName user={member} isLookAlike={isLookAlike} />
                <span class="details">
                  {member.role && member.role !== 'member' && <small>{member.role}</small>}
                  {member.userId === you.userId && <small>you</small>}
                </span>
              </span>
              {member.userId === you.userId && !state.isMissing && (
                <button
                  type="button"
                  class="icon"
                  aria-label="Change your name"
                  onClick={() => openDialog({ kind: 'rename' })}
                >
                  <EditIcon />
                </button>
              )}
              {member.userId !== you.userId && state.kind !== 'direct' && (
                <button
                  type="button"
                  class="icon"
                  aria-label={`Message ${name} privately`}
                  title="Message privately"
                  onClick={() => void session.openDirect(member)}
                >
                  <PrivateMessageIcon />
                </button>
              )}
              {member.userId !== you.userId && manageable.includes(member.role ?? 'member') && (
                <button
                  type="button"
                  class="icon"
                  aria-label={`Manage ${name}`}
                  onClick={() => openDialog({ kind: 'member', member })}
                >
                  <MoreIcon />
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {unlisted > 0 && <p class="unlisted">and {unlisted} more</p>}
      {isModerator(role) && !state.isMissing && (
        <BanList key={`bans-${state.room}`} session={session} bans={state.bans} lookAlikes={lookAlikes} />
      )}
      <div class="room-options">
        {state.kind === 'direct' && !state.isMissing && (
          <BlockToggle key={`block-${state.room}`} session={session} isBlocked={state.isBlocked} />
        )}
        {!state.isMissing && state.room !== 'lobby' && (
          <AwayToggle
            key={`away-${state.room}`}
            session={session}
            savedData={savedData}
            isFollowing={state.isFollowing}
          />
        )}
        <NotificationToggle key={state.room} room={state.room} kind={state.kind} savedData={savedData} />
      </div>
    </aside>
  );
}
