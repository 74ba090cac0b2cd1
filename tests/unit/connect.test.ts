import { connect } from '../../functions/chat/connect';
import { createMemoryBackend } from '../support/memory';

const now = Date.parse('2026-01-25T18:50:04.673Z');

function world(allowedOrigins = ['*']) {
  const { memory, deps } = createMemoryBackend();
  const join = (
    query: Record<string, string> = {},
    subprotocols: string[] = [],
    origin?: string,
    connectionId = 'c1',
  ) =>
    connect(
      { ...deps, allowedOrigins },
      { connectionId, query, subprotocols, ...(origin === undefined ? {} : { origin }) },
    );
  return { memory, join };
}

describe('connect', () => {
  it('records a plain connection in the lobby', async () => {
    const { memory, join } = world();
    const introduction = await join({ username: '  Ada ' });
    expect(introduction).toMatchObject({ username: 'Ada', protocol: 'plain' });
    expect(introduction.subprotocol).toBeUndefined();
    expect(memory.records.get('c1')).toEqual({
      connectionId: 'c1',
      userId: introduction.userId,
      username: 'Ada',
      protocol: 'plain',
      connectedAt: now,
      plainRoom: 'lobby',
    });
    expect(memory.rows.get('c1 lobby')).toMatchObject({
      room: 'lobby',
      joinedAt: now,
      protocol: 'plain',
    });
  });

  it('records a roomcast.v1 connection in no room', async () => {
    const { memory, join } = world();
    expect(await join({}, ['roomcast.v1'])).toMatchObject({
      protocol: 'roomcast.v1',
      subprotocol: 'roomcast.v1',
    });
    expect(memory.records.get('c1')?.plainRoom).toBeUndefined();
    expect(memory.rows.size).toBe(0);
  });

  it('speaks roomcast.v1 to clients that can only set a query, and echoes nothing', async () => {
    const { join } = world();
    const introduction = await join({ protocol: 'roomcast.v1' });
    expect(introduction.protocol).toBe('roomcast.v1');
    expect(introduction.subprotocol).toBeUndefined();
  });

  it('names a guest without a name', async () => {
    const { join } = world();
    expect((await join()).username).toMatch(/^guest-[1-9][0-9]{3}$/);
  });

  it('gives the same secret the same user, in either place, and any other another', async () => {
    const { join } = world();
    const secret = 'abcdefghijklmnopqrstuv';
    const byQuery = await join({ guest: secret });
    const byEntry = await join({}, ['roomcast.v1', `guest.${secret}`]);
    const other = await join({ guest: `${secret}w` });
    expect(byEntry.userId).toBe(byQuery.userId);
    expect(other.userId).not.toBe(byQuery.userId);
    expect(byQuery.userId).not.toContain(secret);
    expect((await join()).userId).not.toBe((await join()).userId);
  });

  it('starts in an existing room if asked to', async () => {
    const { memory, join } = world();
    memory.rooms.set('483920117', { room: '483920117', epoch: 'e', seq: 0, shards: 2, lastTs: 0 });
    await join({ room: '483920117' });
    expect(memory.records.get('c1')?.plainRoom).toBe('483920117');
    expect([...memory.rows.keys()]).toEqual(['c1 483920117']);
  });

  it.each<[string, Record<string, string>, string[], number]>([
    ['an empty username', { username: '   ' }, [], 400],
    ['a username of 33 characters', { username: 'x'.repeat(33) }, [], 400],
    ['a username with a line break', { username: 'a\nb' }, [], 400],
    ['a username with an escape sequence', { username: 'a\u001b[2J' }, [], 400],
    ['a short guest secret', { guest: 'x'.repeat(21) }, [], 400],
    ['a long guest secret', { guest: 'x'.repeat(129) }, [], 400],
    ['a guest secret with a blank', { guest: `${'x'.repeat(22)} y` }, [], 400],
    ['two guest secrets', {}, ['roomcast.v1', `guest.${'x'.repeat(22)}`, `guest.${'y'.repeat(22)}`], 400],
    ['a later version', {}, ['roomcast.v2'], 400],
    ['another protocol', {}, ['graphql-ws'], 400],
    ['a guest entry alone', {}, [`guest.${'x'.repeat(22)}`], 400],
    ['another protocol by query', { protocol: 'roomcast.v2' }, [], 400],
    ['a room that is no number', { room: 'kitchen' }, [], 400],
    ['the room of everyone', { room: '@everyone' }, [], 400],
    ['a room that does not exist', { room: '483920117' }, [], 404],
  ])('refuses %s, and records nothing', async (_, query, subprotocols, status) => {
    const { memory, join } = world();
    await expect(join(query, subprotocols)).rejects.toMatchObject({ name: 'ProblemError', status });
    expect(memory.records.size + memory.rows.size).toBe(0);
  });

  it('counts a username in characters, not in code units', async () => {
    const { join } = world();
    expect((await join({ username: '🚀'.repeat(32) })).username).toBe('🚀'.repeat(32));
  });

  it.each<[string, string[], string | undefined, boolean]>([
    ['any origin by default', ['*'], 'https://anywhere.example', true],
    ['a listed origin', ['https://a.example', 'https://b.example'], 'https://b.example', true],
    ['another origin', ['https://a.example'], 'https://b.example', false],
    ['a look-alike', ['https://a.example'], 'https://a.example.evil.example', false],
    ['the null origin', ['https://a.example'], 'null', false],
    ['no origin: not a browser', ['https://a.example'], undefined, true],
  ])('%s', async (_, allowed, origin, welcome) => {
    const { join } = world(allowed);
    const joining = join({}, [], origin);
    if (welcome) await expect(joining).resolves.toBeDefined();
    else await expect(joining).rejects.toMatchObject({ status: 403 });
  });
});
