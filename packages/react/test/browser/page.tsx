// Bundled for Chromium: the README example and a page with all hooks, both in Strict Mode.
import { connect } from '@roomcast/client';
import { useMembers, useMessages, useRoom } from '@roomcast/react';
import { StrictMode } from 'react';
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { Chat } from '../../example/chat';

/** The functions that tests call. */
export interface PageApi {
  showExample(): void;
  /** Hydrates server-rendered markup. */
  showRoom(url: string, number: string): void;
  remove(): void;
  /** The errors that React reported. */
  readonly errors: unknown[];
}

const errors: unknown[] = [];
const options = { onRecoverableError: (error: unknown) => errors.push(error) };
const element = document.querySelector('#app') as HTMLElement;
let root: Root | undefined;

function Room({ client, number }: { client: ReturnType<typeof connect>; number: string }) {
  const { room, status, connection, name, memberCount } = useRoom(client, number);
  const { messages, pending } = useMessages(room);
  const { members } = useMembers(room);
  return (
    <main>
      <h1>{[status, connection, name, memberCount].join(' ')}</h1>
      <ol>
        {messages.map(({ seq, text }) => (
          <li key={seq}>{text}</li>
        ))}
      </ol>
      <p>{pending.length} pending</p>
      <ul>
        {members.map(({ userId, username }) => (
          <li key={userId}>{username}</li>
        ))}
      </ul>
    </main>
  );
}

const pageApi: PageApi = {
  errors,
  showExample() {
    root = createRoot(element, options);
    root.render(
      <StrictMode>
        <Chat />
      </StrictMode>,
    );
  },
  showRoom(url, number) {
    const client = connect(url, { username: 'Bob' });
    element.innerHTML =
      '<main><h1>joining connecting  </h1><ol></ol><p>0<!-- --> pending</p><ul></ul></main>';
    root = hydrateRoot(
      element,
      <StrictMode>
        <Room client={client} number={number} />
      </StrictMode>,
      options,
    );
  },
  remove: () => root?.unmount(),
};
Object.assign(globalThis, { pageApi });
