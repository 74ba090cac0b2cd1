import type { User } from '@roomcast/client';

interface Props {
  user: User;
  /** Whether another user of the room has a name that looks the same. */
  isLookAlike: boolean;
}

/**
 * Shows a name. If it looks like the name of another user, also shows the end of the user ID, because user IDs cannot be
 * imitated.
 */
export function UserName({ user, isLookAlike }: Props) {
  return (
    <>
      <bdi>{user.username}</bdi>
      {isLookAlike && (
        <small class="tag" title="Another user has a similar name">
          {' '}
          {tag(user)}
        </small>
      )}
    </>
  );
}

/** Returns the name for labels. If it looks like the name of another user, adds the end of the user ID. */
export function formatName(user: User, isLookAlike: boolean): string {
  return isLookAlike ? `${user.username} ${tag(user)}` : user.username;
}

function tag({ userId }: User): string {
  return `#${userId.slice(-4)}`;
}
