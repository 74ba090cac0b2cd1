import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { Harness } from '../../../client/test/support/harness';
import { useMembers, useMessages, useRoom } from '../../src';

describe('hooks on a server', () => {
  it.each(['without', 'with'])('renders a room that is not joined, %s a client', (kind) => {
    const harness = new Harness();
    const client = kind === 'with' ? harness.connect() : undefined;
    function App() {
      const { room, status, connection } = useRoom(client, 'lobby');
      const { messages, isLoading } = useMessages(room);
      const { members } = useMembers(room);
      return createElement(
        'p',
        null,
        [status, connection, messages.length, isLoading, members.length].join(),
      );
    }
    expect(renderToString(createElement(App))).toBe('<p>joining,connecting,0,true,0</p>');
    harness.closeClients();
    expect(client?.rooms.size ?? 0).toBe(0);
  });
});
