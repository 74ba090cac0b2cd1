import type { User } from '@roomcast/client';

/**
 * Shows who is typing, in a line with a fixed height. It is not a live region: announcements every few seconds would disturb a
 * conversation.
 */
export function TypingLine({ users }: { users: readonly User[] }) {
  const [first, second, third] = users;
  return (
    <p class="typing">
      {third ? (
        'Several people are typing'
      ) : second ? (
        <>
          <bdi>{first?.username}</bdi> and <bdi>{second.username}</bdi> are typing
        </>
      ) : (
        first && (
          <>
            <bdi>{first.username}</bdi> is typing
          </>
        )
      )}
    </p>
  );
}
