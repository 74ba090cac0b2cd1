import { connect } from '@roomcast/client';
import { useMessages, useRoom } from '@roomcast/react';

const url = 'wss://<api id>.execute-api.<region>.amazonaws.com/production';
const client = connect(url, { username: 'Ada', storage: localStorage });

export function Chat() {
  const { room } = useRoom(client, 'lobby');
  const { messages } = useMessages(room);
  return (
    <form action={(form) => void room?.send(String(form.get('text')))}>
      {messages.map((each) => (
        <p key={each.seq}>{`${each.from.username}: ${each.text}`}</p>
      ))}
      <input name="text" aria-label="Message" />
    </form>
  );
}
