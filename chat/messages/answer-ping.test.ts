import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { createRoom } from '../rooms/new-room';
import type { Connection } from '../types';
import { ping } from './answer-ping';
import { sendMessage } from './send';

function setUp() {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string, query: Record<string, string> = {}, subprotocols = ['roomcast.v1']) =>
    connect(deps, { connectionId, sourceIp: '192.0.2.1', query, subprotocols });
  return { memory, clock, deps, open };
}

describe('ping', () => {
  it('returns the time, the user, the limits and the head sequence of each joined room', async () => {
    const { clock, deps, open } = setUp();
    await open('other');
    const active = await createRoom(deps, 'other', {});
    const empty = await createRoom(deps, 'other', {});
    await createRoom(deps, 'other', { name: 'not joined' });
    for (const text of ['one', 'two']) await sendMessage(deps, 'other', { room: active.room, text });
    const { userId } = await open('c1', { username: 'Ada' });
    for (const { room } of [active, empty]) await joinRoom(deps, 'c1', { room });
    clock.now = Date.parse('2026-01-25T19:00:00.007Z');

    expect(await ping(deps, 'c1', {})).toEqual({
      type: 'pong',
      ts: '2026-01-25T19:00:00.007Z',
      you: { userId, username: 'Ada' },
      limits: expect.objectContaining({ textBytes: 4096, ratePerSecond: 10, burst: 20, page: 100 }),
      rooms: { [active.room]: 2, [empty.room]: 0 },
    });
  });

  it('returns a head sequence that includes a message whose push was lost', async () => {
    const { deps, open } = setUp();
    await open('c1', { room: 'lobby' });
    await open('c2', { room: 'lobby' });
    await sendMessage(deps, 'c2', { room: 'lobby', text: 'hi' });
    expect((await ping(deps, 'c1', {})).rooms).toEqual({ lobby: 1 });
  });

  it('returns 0 for a lobby without messages, and does not create the lobby', async () => {
    const { memory, deps, open } = setUp();
    await open('c1', { room: 'lobby' });
    expect((await ping(deps, 'c1', {})).rooms).toEqual({ lobby: 0 });
    expect(memory.rooms.size).toBe(0);
  });

  it('returns no rooms for a new connection', async () => {
    const { deps, open } = setUp();
    await open('c1');
    expect((await ping(deps, 'c1', {})).rooms).toEqual({});
  });

  it('replies to plain connections', async () => {
    const { deps, open } = setUp();
    await open('c1', { username: 'Ada' }, []);
    expect(await ping(deps, 'c1', {})).toMatchObject({ you: { username: 'Ada' }, rooms: { lobby: 0 } });
  });

  it('reads the heads of all rooms at once', async () => {
    const { memory, deps, open } = setUp();
    await open('c1');
    for (let index = 0; index < 5; index += 1) await createRoom(deps, 'c1', {});
    memory.calls.length = 0;
    await ping(deps, 'c1', {});
    expect(memory.calls).toEqual(['find', 'listMemberships', 'readHeads']);
  });

  it('returns when the token expires', async () => {
    const { memory, deps, open } = setUp();
    await open('c1');
    const record = memory.records.get('c1') as Connection;
    const tokenExpiresAt = Date.parse('2026-01-25T19:40:00Z');
    memory.records.set('c1', { ...record, tokenExpiresAt });
    expect(await ping(deps, 'c1', {})).toMatchObject({ tokenExpiresAt: '2026-01-25T19:40:00.000Z' });
  });

  it('rejects an invalid id', async () => {
    const { deps, open } = setUp();
    await open('c1');
    await expect(ping(deps, 'c1', { id: 7 })).rejects.toMatchObject({ type: 'invalid-frame' });
  });

  it('rejects a connection without a record', async () => {
    const { deps } = setUp();
    await expect(ping(deps, 'unknown', {})).rejects.toMatchObject({ type: 'unauthenticated' });
  });
});
