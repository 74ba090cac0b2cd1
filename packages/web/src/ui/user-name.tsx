import type { User } from '@roomcast/client';

interface Props {
  user: User;
  /** Whether another user of the room has a name that looks the same. */
  isLookAlike: boolean;
}

/** Shows a name. If it looks like that of another user, also the end of the user's ID, which nobody can imitate. */
export function UserName({ user, isLookAlike }: Props) {
  return (
    <>
      <bdi>{user.username}</bdi>
      {isLookAlike && (
        <small class="tag" title="Another user has a similar name">
          {' '}
          #{user.userId.slice(-4)}
        </small>
      )}
    </>
  );
}
