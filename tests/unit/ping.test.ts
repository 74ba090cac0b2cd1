import { connect } from '../../functions/chat/connect';
import { createRoom, joinRoom } from '../../functions/chat/join';
import { ping } from '../../functions/chat/ping';
import { sendMessage } from '../../functions/chat/send';
import { createMemoryBackend } from '../support/memory';

function world() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string, query: Record<string, string> = {}, subprotocols = ['roomcast.v1']) =>
    connect(deps, { connectionId, query, subprotocols });
  return { memory, clock, deps, open };
}

describe('ping', () => {
  it('tells the time, who one is, the limits, and the head of each room one is in', async () => {
    const { clock, deps, open } = world();
    await open('other');
    const spoken = await createRoom(deps, 'other', {});
    const silent = await createRoom(deps, 'other', {});
    await createRoom(deps, 'other', { name: 'not its own' });
    for (const text of ['one', 'two']) await sendMessage(deps, 'other', { room: spoken.room, text });
    const { userId } = await open('c1', { username: 'Ada' });
    for (const { room } of [spoken, silent]) await joinRoom(deps, 'c1', { room });
    clock.now = Date.parse('2026-01-25T19:00:00.007Z');

    expect(await ping(deps, 'c1', {})).toEqual({
      type: 'pong',
      ts: '2026-01-25T19:00:00.007Z',
      you: { userId, username: 'Ada' },
      limits: { textBytes: 4096, ratePerSecond: 10, burst: 20, page: 100 },
      rooms: { [spoken.room]: 2, [silent.room]: 0 },
    });
  });

  it('shows a message to those whose push was lost', async () => {
    const { deps, open } = world();
    await open('c1', { room: 'lobby' });
    await open('c2', { room: 'lobby' });
    await sendMessage(deps, 'c2', { room: 'lobby', text: 'hi' });
    expect((await ping(deps, 'c1', {})).rooms).toEqual({ lobby: 1 });
  });

  it('knows a lobby nobody has spoken in, and does not open it', async () => {
    const { memory, deps, open } = world();
    await open('c1', { room: 'lobby' });
    expect((await ping(deps, 'c1', {})).rooms).toEqual({ lobby: 0 });
    expect(memory.rooms.size).toBe(0);
  });

  it('is in no room to begin with', async () => {
    const { deps, open } = world();
    await open('c1');
    expect((await ping(deps, 'c1', {})).rooms).toEqual({});
  });

  it('answers a plain connection too', async () => {
    const { deps, open } = world();
    await open('c1', { username: 'Ada' }, []);
    expect(await ping(deps, 'c1', {})).toMatchObject({ you: { username: 'Ada' }, rooms: { lobby: 0 } });
  });

  it('reads three times, however many rooms there are', async () => {
    const { memory, deps, open } = world();
    await open('c1');
    for (let index = 0; index < 5; index += 1) await createRoom(deps, 'c1', {});
    memory.calls.length = 0;
    await ping(deps, 'c1', {});
    expect(memory.calls).toEqual(['find', 'listMemberships', 'readRooms']);
  });

  it('refuses an id that is not valid', async () => {
    const { deps, open } = world();
    await open('c1');
    await expect(ping(deps, 'c1', { id: 7 })).rejects.toMatchObject({ type: 'invalid-frame' });
  });

  it('does not know a connection without a record', async () => {
    const { deps } = world();
    await expect(ping(deps, 'nobody', {})).rejects.toMatchObject({ type: 'unauthenticated' });
  });
});
