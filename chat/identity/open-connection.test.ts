import { createMemoryBackend } from '../../testbed/memory';
import { connect } from './open-connection';

const now = Date.parse('2026-01-25T18:50:04.673Z');

function setUp(allowedOrigins = ['*']) {
  const { memory, deps } = createMemoryBackend();
  const connectClient = (
    query: Record<string, string> = {},
    subprotocols: string[] = [],
    origin?: string,
    connectionId = 'c1',
  ) =>
    connect(
      { ...deps, allowedOrigins },
      {
        connectionId,
        sourceIp: '192.0.2.1',
        query,
        subprotocols,
        ...(origin === undefined ? {} : { origin }),
      },
    );
  return { memory, connectClient };
}

describe('connect', () => {
  it('records a plain connection in the lobby', async () => {
    const { memory, connectClient } = setUp();
    const identity = await connectClient({ username: '  Ada ' });
    expect(identity).toMatchObject({ username: 'Ada', protocol: 'plain' });
    expect(identity.subprotocol).toBeUndefined();
    expect(memory.records.get('c1')).toEqual({
      connectionId: 'c1',
      userId: identity.userId,
      username: 'Ada',
      protocol: 'plain',
      connectedAt: now,
      plainRoom: 'lobby',
      address: 'hash of 192.0.2.1',
    });
    expect(memory.rows.get('c1 lobby')).toMatchObject({
      room: 'lobby',
      joinedAt: now,
      protocol: 'plain',
    });
  });

  it('records a roomcast.v1 connection in no room', async () => {
    const { memory, connectClient } = setUp();
    expect(await connectClient({}, ['roomcast.v1'])).toMatchObject({
      protocol: 'roomcast.v1',
      subprotocol: 'roomcast.v1',
    });
    expect(memory.records.get('c1')?.plainRoom).toBeUndefined();
    expect(memory.rows.size).toBe(0);
  });

  it('accepts roomcast.v1 as a query parameter without returning a subprotocol', async () => {
    const { connectClient } = setUp();
    const identity = await connectClient({ protocol: 'roomcast.v1' });
    expect(identity.protocol).toBe('roomcast.v1');
    expect(identity.subprotocol).toBeUndefined();
  });

  it('generates a username for guests without one', async () => {
    const { connectClient } = setUp();
    expect((await connectClient()).username).toMatch(/^guest-[1-9][0-9]{3}$/);
    const guest = 'abcdefghijklmnopqrstuv';
    expect((await connectClient({ guest })).username).toBe((await connectClient({ guest })).username);
  });

  it('derives the user from the guest secret, in a subprotocol or a query parameter', async () => {
    const { memory, connectClient } = setUp();
    const secret = 'abcdefghijklmnopqrstuv';
    const byQuery = await connectClient({ guest: secret });
    const bySubprotocol = await connectClient({}, ['roomcast.v1', `guest.${secret}`]);
    const other = await connectClient({ guest: `${secret}w` });
    expect(bySubprotocol.userId).toBe(byQuery.userId);
    expect(other.userId).not.toBe(byQuery.userId);
    expect(byQuery.userId).toMatch(/^g-[\w-]{22}$/);
    expect(byQuery.userId).not.toContain(secret);
    expect((await connectClient()).userId).not.toBe((await connectClient()).userId);
    const stored = [memory.records, memory.rows, memory.sessions, memory.budgetItems].map((map) => [...map]);
    expect(JSON.stringify(stored)).toContain(byQuery.userId);
    expect(JSON.stringify(stored)).not.toContain(secret);
  });

  it('joins the requested room', async () => {
    const { memory, connectClient } = setUp();
    memory.rooms.set('483920117', { room: '483920117', epoch: 'e', seq: 0, shards: 2, lastTs: 0 });
    await connectClient({ room: '483920117' });
    expect(memory.records.get('c1')?.plainRoom).toBe('483920117');
    expect([...memory.rows.keys()]).toEqual(['c1 483920117']);
  });

  it('records the current room of plain connections only', async () => {
    const { memory, connectClient } = setUp();
    await connectClient({ room: 'lobby' }, ['roomcast.v1']);
    expect([...memory.rows.keys()]).toEqual(['c1 lobby']);
    expect(memory.records.get('c1')).not.toHaveProperty('plainRoom');
  });

  it.each<[string, Record<string, string>, string[], number]>([
    ['an empty username', { username: '   ' }, [], 400],
    ['a username of 33 characters', { username: 'x'.repeat(33) }, [], 400],
    ['a username with a line break', { username: 'a\nb' }, [], 400],
    ['a username with an escape sequence', { username: 'a\u001b[2J' }, [], 400],
    ['a short guest secret', { guest: 'x'.repeat(21) }, [], 400],
    ['a long guest secret', { guest: 'x'.repeat(129) }, [], 400],
    ['a guest secret with a space', { guest: `${'x'.repeat(22)} y` }, [], 400],
    ['two guest secrets', {}, ['roomcast.v1', `guest.${'x'.repeat(22)}`, `guest.${'y'.repeat(22)}`], 400],
    ['a later protocol version', {}, ['roomcast.v2'], 400],
    ['an unknown subprotocol', {}, ['graphql-ws'], 400],
    ['a guest secret without roomcast.v1', {}, [`guest.${'x'.repeat(22)}`], 400],
    ['an unknown protocol in the query', { protocol: 'roomcast.v2' }, [], 400],
    ['a room that is not a number', { room: 'kitchen' }, [], 400],
    ['the internal room of connection records', { room: '@everyone' }, [], 400],
    ['a room that does not exist', { room: '483920117' }, [], 404],
  ])('rejects %s and records nothing', async (_, query, subprotocols, status) => {
    const { memory, connectClient } = setUp();
    await expect(connectClient(query, subprotocols)).rejects.toMatchObject({ name: 'ProblemError', status });
    expect(memory.records.size + memory.rows.size).toBe(0);
  });

  it.each<[Record<string, string>, string[], string]>([
    [{}, ['graphql-ws'], 'Unsupported subprotocol. Request roomcast.v1 or none.'],
    [{ protocol: 'v2' }, [], 'Unsupported protocol. Set protocol to roomcast.v1 or omit it.'],
    [{ guest: 'x' }, [], 'Invalid guest secret. Send one secret of 22 to 128 URL-safe characters.'],
    [{ username: '' }, [], 'username must be 1 to 32 printable characters.'],
    [{ room: 'kitchen' }, [], 'room must be "lobby" or a nine-digit number.'],
  ])('explains how to correct the query %j and the subprotocols %j', async (query, subprotocols, detail) => {
    const { connectClient } = setUp();
    await expect(connectClient(query, subprotocols)).rejects.toMatchObject({ detail });
  });

  it('accepts a subprotocol that ends with "guest."', async () => {
    const { connectClient } = setUp();
    const identity = await connectClient({}, ['roomcast.v1', 'chat.guest.']);
    expect(identity.protocol).toBe('roomcast.v1');
  });

  it('counts code points, not code units, in usernames', async () => {
    const { connectClient } = setUp();
    expect((await connectClient({ username: '🚀'.repeat(32) })).username).toBe('🚀'.repeat(32));
  });

  it.each<[string, string[], string | undefined, boolean]>([
    ['accepts any origin by default', ['*'], 'https://anywhere.example', true],
    ['accepts a listed origin', ['https://a.example', 'https://b.example'], 'https://b.example', true],
    ['rejects an origin that is not listed', ['https://a.example'], 'https://b.example', false],
    [
      'rejects an origin that starts with a listed origin',
      ['https://a.example'],
      'https://a.example.evil.example',
      false,
    ],
    ['rejects the null origin', ['https://a.example'], 'null', false],
    ['accepts clients without an origin', ['https://a.example'], undefined, true],
  ])('%s', async (_, allowed, origin, isAllowed) => {
    const { connectClient } = setUp(allowed);
    const connecting = connectClient({}, [], origin);
    if (isAllowed) await expect(connecting).resolves.toBeDefined();
    else {
      await expect(connecting).rejects.toMatchObject({
        status: 403,
        detail: 'This origin is not allowed to connect.',
      });
    }
  });
});
