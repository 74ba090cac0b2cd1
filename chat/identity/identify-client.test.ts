import { createMemoryBackend } from '../../testbed/memory';
import { joinRoom } from '../members/join';
import { ProblemError } from '../protocol/problems';
import type { Membership } from '../types';
import { refreshToken } from './extend-connection';
import { connect } from './open-connection';
import type { Claims } from './ports';

const secret = 'abcdefghijklmnopqrstuv';
const room = '483920117';
const now = Date.parse('2026-01-25T18:50:04.673Z');
const exp = 1769370000; // 2026-01-25T19:40:00Z
const later = exp + 3600;

const ada: Claims = { iss: 'https://issuer.example', sub: 'ada', exp, name: 'Ada' };

/** @param tokens the claims of each valid token. Any other token is invalid. */
function setUp(tokens: Record<string, Claims> = { ada }) {
  const { memory, deps } = createMemoryBackend();
  const verify = async (token: string): Promise<Claims> => {
    const claims = tokens[token];
    if (!claims) throw new ProblemError('unauthenticated', 'The token is not valid.');
    return claims;
  };
  Object.assign(deps, { tokens: { verify } });
  memory.rooms.set(room, { room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
  const connectWith = (
    subprotocols: string[],
    query: Record<string, string> = {},
    changes: Partial<typeof deps> = {},
  ) => connect({ ...deps, ...changes }, { connectionId: 'c1', sourceIp: '192.0.2.1', query, subprotocols });
  return { memory, deps, connectWith };
}

describe('connecting with a token', () => {
  it('reads the user from the token', async () => {
    const { memory, connectWith } = setUp();
    const identity = await connectWith(['roomcast.v1', 'token.ada']);
    expect(identity).toEqual({
      userId: expect.stringMatching(/^u-[\w-]{22}$/),
      username: 'Ada',
      tokenExpiresAt: exp * 1000,
      protocol: 'roomcast.v1',
      subprotocol: 'roomcast.v1',
    });
    expect(memory.records.get('c1')).toEqual({
      connectionId: 'c1',
      userId: identity.userId,
      username: 'Ada',
      protocol: 'roomcast.v1',
      connectedAt: now,
      tokenExpiresAt: exp * 1000,
    });
  });

  it('makes the membership of the initial room expire with the token', async () => {
    const { memory, connectWith } = setUp();
    await connectWith(['roomcast.v1', 'token.ada'], { room });
    expect(memory.rows.get(`c1 ${room}`)).toMatchObject({ username: 'Ada', tokenExpiresAt: exp * 1000 });
  });

  it('derives the userId from issuer and subject only', async () => {
    const { connectWith } = setUp({
      ada,
      renewed: { ...ada, exp: later, name: 'Ada L.' },
      bob: { ...ada, sub: 'bob' },
      elsewhere: { ...ada, iss: 'https://other.example' },
    });
    const userIdOf = async (token: string) => (await connectWith(['roomcast.v1', `token.${token}`])).userId;
    const userId = await userIdOf('ada');
    expect(userId).not.toContain('ada');
    expect(await userIdOf('renewed')).toBe(userId);
    expect(await userIdOf('bob')).not.toBe(userId);
    expect(await userIdOf('elsewhere')).not.toBe(userId);
  });

  it.each<[string, Record<string, unknown>, string | RegExp]>([
    ['the claim name', { name: ' Ada ', preferred_username: 'ada_l' }, 'Ada'],
    ['preferred_username if there is no name', { name: undefined, preferred_username: 'ada_l' }, 'ada_l'],
    ['roomcast:username before all others', { 'roomcast:username': 'Countess' }, 'Countess'],
    ['the next claim if the first is not printable', { 'roomcast:username': 'a\nb' }, 'Ada'],
    ['the next claim if the first is not a string', { 'roomcast:username': 7 }, 'Ada'],
    ['the first 32 characters of a long name', { name: `${'🚀'.repeat(31)} x` }, '🚀'.repeat(31)],
    ['a generated name if no claim is valid', { name: '' }, /^user-[\w-]{4}$/],
  ])('uses %s', async (_, claims, expected) => {
    const { connectWith } = setUp({ ada: { ...ada, ...claims } });
    const { username } = await connectWith(['roomcast.v1', 'token.ada']);
    expect(username).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  });

  it('ignores requested names, at the handshake and when joining', async () => {
    const { memory, deps, connectWith } = setUp();
    const { username } = await connectWith(['roomcast.v1', 'token.ada'], { username: 'Mallory' });
    expect(username).toBe('Ada');
    const { you } = await joinRoom(deps, 'c1', { room, username: 'Mallory' });
    expect(you.username).toBe('Ada');
    expect(memory.rows.get(`c1 ${room}`)).toMatchObject({ username: 'Ada', tokenExpiresAt: exp * 1000 });
  });

  it('lets guests choose another name when joining', async () => {
    const { deps, connectWith } = setUp();
    await connectWith(['roomcast.v1'], { username: 'Ada' });
    expect((await joinRoom(deps, 'c1', { room, username: 'Grace' })).you.username).toBe('Grace');
    expect((await joinRoom(deps, 'c1', { room })).you.username).toBe('Ada');
  });

  it.each<[unknown, unknown]>([
    [{ admin: true }, { admin: true }],
    [
      { rooms: { [room]: 'moderator', lobby: 'reader' } },
      { rooms: { [room]: 'moderator', lobby: 'reader' } },
    ],
    [{ rooms: { [room]: 'owner', lobby: 'member' } }, { rooms: { [room]: 'owner', lobby: 'member' } }],
    [JSON.stringify({ admin: true }), { admin: true }],
    [{ admin: false, rooms: {} }, {}],
    [{ later: 'extension' }, {}],
    [
      { rooms: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`1000000${n + 10}`, 'owner'])) },
      expect.anything(),
    ],
    [undefined, undefined],
  ])('stores the rights %j', async (claim, rights) => {
    const { memory, connectWith } = setUp({ ada: { ...ada, 'roomcast:rights': claim } });
    await connectWith(['roomcast.v1', 'token.ada']);
    expect(memory.records.get('c1')?.rights).toEqual(rights);
  });

  it.each<[unknown, string]>([
    [null, 'must be an object'],
    ['admin', 'must be an object'],
    ['["admin"]', 'must be an object'],
    [['admin'], 'must be an object'],
    [{ admin: 'true' }, 'admin must be true or false'],
    [{ rooms: [room] }, 'rooms must be an object'],
    [{ rooms: null }, 'rooms must be an object'],
    [{ rooms: { kitchen: 'owner' } }, 'rooms must map room numbers to roles'],
    [{ rooms: { '@everyone': 'owner' } }, 'rooms must map room numbers to roles'],
    [{ rooms: { [room]: 'root' } }, 'rooms must map room numbers to roles'],
    [
      { rooms: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`1000000${n + 10}`, 'owner'])) },
      'rooms must have at most 50 members',
    ],
  ])('rejects the rights %j', async (claim, reason) => {
    const { memory, connectWith } = setUp({ ada: { ...ada, 'roomcast:rights': claim } });
    const connecting = connectWith(['roomcast.v1', 'token.ada']);
    await expect(connecting).rejects.toMatchObject({
      status: 401,
      detail: `The claim roomcast:rights is not valid: ${reason}.`,
    });
    expect(memory.records.size).toBe(0);
  });

  it.each<[string, string[], Record<string, string>, number]>([
    ['an invalid token', ['roomcast.v1', 'token.forged'], {}, 401],
    ['an empty token', ['roomcast.v1', 'token.'], {}, 401],
    ['a token without roomcast.v1', ['token.ada'], {}, 400],
    ['a token without roomcast.v1 in the header', ['token.ada'], { protocol: 'roomcast.v1' }, 400],
    ['two tokens', ['roomcast.v1', 'token.ada', 'token.bob'], {}, 400],
    ['the same token twice', ['roomcast.v1', 'token.ada', 'token.ada'], {}, 400],
    ['a token and a guest secret', ['roomcast.v1', 'token.ada', `guest.${secret}`], {}, 400],
    ['a token and a guest secret in the query', ['roomcast.v1', 'token.ada'], { guest: secret }, 400],
    ['a token of 8,193 characters', ['roomcast.v1', `token.${'x'.repeat(8193)}`], {}, 400],
    ['a token of 8,192 characters that is not valid', ['roomcast.v1', `token.${'x'.repeat(8192)}`], {}, 401],
  ])('rejects %s and records nothing', async (_, subprotocols, query, status) => {
    const { memory, connectWith } = setUp();
    await expect(connectWith(subprotocols, query)).rejects.toMatchObject({ name: 'ProblemError', status });
    expect(memory.records.size).toBe(0);
  });

  it('rejects a guest secret in the URL, unless a setting allows it', async () => {
    const { memory, connectWith } = setUp();
    const query = { guest: secret };
    const off = { guestSecretInUrl: 'off' as const };
    for (const subprotocols of [[], ['roomcast.v1'], ['roomcast.v1', `guest.${secret}`]]) {
      await expect(connectWith(subprotocols, query, off)).rejects.toMatchObject({
        type: 'invalid-frame',
        detail: expect.stringContaining('no guest secret in the URL'),
      });
      expect(memory.records.size).toBe(0);
    }
    const { userId } = await connectWith(['roomcast.v1', `guest.${secret}`], {}, off);
    expect((await connectWith([], query, { guestSecretInUrl: 'on' })).userId).toBe(userId);
  });

  it.each<[string[], string]>([
    [['roomcast.v1', 'token.ada', 'token.bob'], 'Send one token or one guest secret.'],
    [['roomcast.v1', `token.${'x'.repeat(8193)}`], 'The token has 8193 characters. The limit is 8192.'],
  ])('names the invalid part of a handshake (%#)', async (subprotocols, detail) => {
    const { connectWith } = setUp();
    await expect(connectWith(subprotocols)).rejects.toMatchObject({ type: 'invalid-frame', detail });
  });

  it.each([undefined, '', 7, null])('rejects a token with the subject %j', async (sub) => {
    const { connectWith } = setUp({ ada: { ...ada, sub } });
    await expect(connectWith(['roomcast.v1', 'token.ada'])).rejects.toMatchObject({
      status: 401,
      detail: 'The token has no sub.',
    });
  });

  it('never reads a token from the query', async () => {
    const { connectWith } = setUp();
    const { userId } = await connectWith(['roomcast.v1'], { token: 'ada' });
    expect(userId).toMatch(/^g-/);
  });

  it('rejects tokens if the server has no issuer', async () => {
    const { connectWith } = setUp();
    const connecting = connectWith(['roomcast.v1', 'token.ada'], {}, { tokens: undefined });
    await expect(connecting).rejects.toMatchObject({
      status: 401,
      detail: 'This server accepts no tokens. Connect as a guest.',
    });
  });

  it('rethrows the error if the keys of the issuer are unavailable', async () => {
    const verify = () => Promise.reject(new Error("The issuer's keys are unavailable."));
    const { connectWith } = setUp();
    const connecting = connectWith(['roomcast.v1', 'token.ada'], {}, { tokens: { verify } });
    await expect(connecting).rejects.toThrow('unavailable');
    await expect(connecting).rejects.not.toBeInstanceOf(ProblemError);
  });
});

describe('a server that does not accept guests', () => {
  const withoutGuests = { guests: 'none' as const };

  it('accepts tokens', async () => {
    const { connectWith } = setUp();
    await expect(connectWith(['roomcast.v1', 'token.ada'], {}, withoutGuests)).resolves.toBeDefined();
  });

  it.each<[string, string[]]>([
    ['plain connections', []],
    ['clients without a secret', ['roomcast.v1']],
    ['guest secrets', ['roomcast.v1', `guest.${secret}`]],
  ])('rejects %s', async (_, subprotocols) => {
    const { memory, connectWith } = setUp();
    const connecting = connectWith(subprotocols, {}, withoutGuests);
    await expect(connecting).rejects.toMatchObject({
      status: 401,
      detail: 'This server requires a token. Send token.<JWT>.',
    });
    expect(memory.records.size).toBe(0);
  });
});

describe('refreshToken', () => {
  const tokens = {
    ada: { ...ada, 'roomcast:rights': { rooms: { lobby: 'reader' } } },
    renewed: { ...ada, exp: later, name: 'Ada L.', 'roomcast:rights': { rooms: { lobby: 'reader' } } },
    promoted: { ...ada, exp: later, 'roomcast:rights': { rooms: { lobby: 'owner' } } },
    demoted: { ...ada, exp: later },
    bob: { ...ada, sub: 'bob', exp: later },
  };

  async function setUpMember(subprotocols = ['roomcast.v1', 'token.ada']) {
    const { memory, deps, connectWith } = setUp(tokens);
    await connectWith(subprotocols, { room });
    const refresh = (frame: Record<string, unknown>, connectionId = 'c1') =>
      refreshToken(deps, connectionId, frame);
    return { memory, deps, refresh };
  }

  it('extends the connection and its memberships', async () => {
    const { memory, refresh } = await setUpMember();
    expect(await refresh({ token: 'renewed' })).toEqual({
      type: 'tokenRefreshed',
      tokenExpiresAt: '2026-01-25T20:40:00.000Z',
    });
    expect(memory.records.get('c1')?.tokenExpiresAt).toBe(later * 1000);
    expect(memory.rows.get(`c1 ${room}`)?.tokenExpiresAt).toBe(later * 1000);
  });

  it('keeps the username', async () => {
    const { memory, refresh } = await setUpMember();
    await refresh({ token: 'renewed' });
    expect(memory.records.get('c1')?.username).toBe('Ada');
  });

  const otherUser = 'The token belongs to another user. Connect with it.';
  const otherRights = 'The token grants other rights. Connect with it.';

  it.each<[string, Record<string, unknown>, string, string?]>([
    ["another user's token", { token: 'bob' }, 'forbidden', otherUser],
    ['a token with more rights', { token: 'promoted' }, 'forbidden', otherRights],
    ['a token with fewer rights', { token: 'demoted' }, 'forbidden', otherRights],
    ['an invalid token', { token: 'forged' }, 'unauthenticated'],
    ['a token of 8,193 characters', { token: 'x'.repeat(8193) }, 'invalid-frame'],
    ['a frame without a token', {}, 'invalid-frame'],
    ['a token that is not a string', { token: { ada } }, 'invalid-frame'],
  ])('rejects %s and changes nothing', async (_, frame, type, detail = expect.any(String)) => {
    const { memory, refresh } = await setUpMember();
    const before = structuredClone(memory.records.get('c1'));
    await expect(refresh(frame)).rejects.toMatchObject({ type, detail });
    expect(memory.records.get('c1')).toEqual(before);
    expect(memory.rows.get(`c1 ${room}`)?.tokenExpiresAt).toBe(exp * 1000);
  });

  it('rejects guests', async () => {
    const { memory, refresh } = await setUpMember(['roomcast.v1', `guest.${secret}`]);
    await expect(refresh({ token: 'ada' })).rejects.toMatchObject({
      type: 'forbidden',
      detail: 'A guest has no token to refresh. Connect with the token.',
    });
    expect(memory.records.get('c1')).not.toHaveProperty('tokenExpiresAt');
  });

  it('rejects connections without a record', async () => {
    const { refresh } = await setUpMember();
    await expect(refresh({ token: 'renewed' }, 'c2')).rejects.toMatchObject({ type: 'unauthenticated' });
  });

  it('rejects a connection that closes during the request', async () => {
    const { memory, deps, refresh } = await setUpMember();
    const { tokens } = deps;
    const verify = async (token: string) => {
      memory.records.clear();
      return (tokens as NonNullable<typeof tokens>).verify(token);
    };
    deps.tokens = { verify };
    await expect(refresh({ token: 'renewed' })).rejects.toMatchObject({ type: 'unauthenticated' });
    expect(memory.records.size).toBe(0);
  });

  it('does not extend a membership that already expires with the token', async () => {
    const { memory, deps } = await setUpMember();
    let extensions = 0;
    const extendMembership = async () => {
      extensions += 1;
    };
    await joinRoom({ ...deps, connections: { ...memory.connections, extendMembership } }, 'c1', { room });
    expect(extensions).toBe(0);
  });

  it('extends a membership that is being added', async () => {
    const { memory, deps, refresh } = await setUpMember();
    const addConnection = memory.presence.addConnection;
    // Refresh the token after joinRoom has written the new row, and before it reads the connection again.
    deps.presence = {
      ...memory.presence,
      addConnection: async (...args) => {
        await refresh({ token: 'renewed' });
        memory.rows.set(`c1 ${room}`, {
          ...(memory.rows.get(`c1 ${room}`) as Membership),
          tokenExpiresAt: 0,
        });
        return addConnection(...args);
      },
    };
    await joinRoom(deps, 'c1', { room });
    expect(memory.rows.get(`c1 ${room}`)?.tokenExpiresAt).toBe(later * 1000);
  });
});
