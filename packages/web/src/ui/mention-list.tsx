import type { User } from '@roomcast/client';
import { useEffect, useRef } from 'preact/hooks';
import { Avatar } from './avatar';
import { UserName } from './user-name';

interface Props {
  id: string;
  users: readonly User[];
  active: User;
  /** The users whose names look like another user's name. */
  lookAlikes: ReadonlySet<string>;
  choose: (user: User) => void;
}

/** Lists the names that complete a mention. The focus stays in the field, and the field references the active name. */
export function MentionList({ id, users, active, lookAlikes, choose }: Props) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [active.userId]);

  return (
    <div ref={list} id={id} class="mentions" role="listbox" aria-label="Members">
      {users.map((user) => (
        <button
          key={user.userId}
          id={mentionId(user)}
          type="button"
          role="option"
          tabIndex={-1}
          aria-selected={user.userId === active.userId}
          onMouseDown={(event) => event.preventDefault()} // keeps the focus, and the on-screen keyboard, in the field
          onClick={() => choose(user)}
        >
          <Avatar user={user} />
          <UserName user={user} isLookAlike={lookAlikes.has(user.userId)} />
        </button>
      ))}
    </div>
  );
}

/** Returns the element ID of a user in the list. */
export function mentionId({ userId }: User): string {
  return `mention-${userId}`;
}
