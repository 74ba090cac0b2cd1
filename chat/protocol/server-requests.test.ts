import { parseServerRequest, type ServerOperation, serverRoutes } from './server-requests';

type Parts = { path?: Record<string, string>; query?: Record<string, string>; body?: unknown };

const room = '483920117';
const userId = 'g-3xQ0yJ6m1VtWcKfE8sPzLA';

function parse(operation: ServerOperation, { path = {}, query = {}, body }: Parts) {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  return parseServerRequest(operation, { path, query, body: bytes });
}

function detailOf(operation: ServerOperation, parts: Parts): string {
  try {
    parse(operation, parts);
  } catch (error) {
    expect(error).toMatchObject({ name: 'ProblemError', type: 'invalid-frame' });
    return (error as { detail: string }).detail;
  }
  throw new Error('The request is valid.');
}

describe('parseServerRequest', () => {
  it.each<[ServerOperation, Parts, object]>([
    ['createRoom', {}, {}],
    [
      'createRoom',
      { body: { name: ' Tea ', topic: '', slowModeSeconds: 0, kind: 'invite', owner: userId } },
      { name: ' Tea ', topic: '', slowModeSeconds: 0, kind: 'invite', owner: userId },
    ],
    ['createRoom', { body: { kind: 'open' } }, { kind: 'open' }],
    ['configureRoom', { path: { room }, body: { topic: 'Kettle' } }, { room, topic: 'Kettle' }],
    [
      'sendMessage',
      { path: { room: 'lobby' }, body: { text: 'hi', username: '  Orders ' } },
      { room: 'lobby', text: 'hi', username: 'Orders' },
    ],
    [
      'sendMessage',
      { path: { room }, body: { text: '', clientMsgId: '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11' } },
      { room, text: '', clientMsgId: '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11' },
    ],
    ['readHistory', { path: { room }, query: { after: '0', limit: '1' } }, { room, after: 0, limit: 1 }],
    ['readHistory', { path: { room }, query: { before: '12' } }, { room, before: 12 }],
    ['listMembers', { path: { room }, query: { cursor: '12' } }, { room, cursor: '12' }],
    ['kickUser', { path: { room }, body: { userId } }, { room, userId }],
    ['banUser', { path: { room }, body: { userId, seconds: 60 } }, { room, userId, seconds: 60 }],
    ['unbanUser', { path: { room }, body: { userId } }, { room, userId }],
    [
      'createInvite',
      { path: { room }, body: { uses: 1000, expiresInSeconds: 60, role: 'moderator' } },
      { room, uses: 1000, expiresInSeconds: 60, role: 'moderator' },
    ],
    ['listInvites', { path: { room } }, { room }],
    ['revokeInvite', { path: { room, inviteId: 'x'.repeat(43) } }, { room, inviteId: 'x'.repeat(43) }],
    ['deleteMessage', { path: { room, seq: '3' } }, { room, seq: 3 }],
    ['react', { path: { room, seq: '3' }, body: { emoji: '👍' } }, { room, seq: 3, emoji: '👍' }],
    ['disconnectUser', { path: { userId } }, { userId }],
    ['exportUser', { path: { userId } }, { userId }],
    [
      'eraseUser',
      { path: { userId }, query: { cursor: 'x'.repeat(22) } },
      { userId, cursor: 'x'.repeat(22) },
    ],
  ])('reads the fields of %s', (operation, parts, expected) => {
    expect(parse(operation, parts)).toEqual(expected);
  });

  it.each<[ServerOperation, Parts, string]>([
    ['createRoom', { body: { kind: 'direct' } }, 'kind must be open or invite.'],
    ['createRoom', { body: { owner: 'ada' } }, 'owner must be the userId of a user.'],
    ['createRoom', { body: { name: '' } }, 'name must be 1 to 64 printable characters.'],
    ['configureRoom', { body: {} }, 'room must be a string.'],
    [
      'configureRoom',
      { path: { room }, body: { slowModeSeconds: -1 } },
      'slowModeSeconds must be between 0 and 21600.',
    ],
    ['sendMessage', { path: { room } }, 'text must be a string.'],
    [
      'sendMessage',
      { path: { room }, body: { text: 'hi', username: '' } },
      'username must be 1 to 32 printable characters.',
    ],
    [
      'sendMessage',
      { path: { room }, body: { text: 'hi', clientMsgId: 'x' } },
      'clientMsgId must be a UUID.',
    ],
    [
      'sendMessage',
      { path: { room: '@everyone' }, body: { text: 'hi' } },
      'room must be "lobby" or a nine-digit number.',
    ],
    [
      'readHistory',
      { path: { room }, query: { after: '1', before: '2' } },
      'after and before cannot be used together.',
    ],
    ['readHistory', { path: { room }, query: { limit: '101' } }, 'limit must be between 1 and 100.'],
    ['readHistory', { path: { room }, query: { limit: '' } }, 'limit must be an integer.'],
    ['readHistory', { path: { room }, query: { limit: '1.5' } }, 'limit must be an integer.'],
    ['readHistory', { path: { room }, query: { after: '-1' } }, 'after must be an integer.'],
    ['readHistory', { path: { room }, query: { after: '1x' } }, 'after must be an integer.'],
    ['readHistory', { path: { room }, query: { after: 'x1' } }, 'after must be an integer.'],
    ['readHistory', { path: { room }, query: { after: '1'.repeat(16) } }, 'after must be an integer.'],
    ['banUser', { path: { room }, body: { userId, seconds: 0 } }, 'seconds must be between 1 and 31622400.'],
    ['createInvite', { path: { room }, body: { uses: 0 } }, 'uses must be between 1 and 1000.'],
    ['deleteMessage', { path: { room } }, 'seq must be an integer.'],
    ['react', { path: { room, seq: '1' }, body: { emoji: 7 } }, 'emoji must be a string.'],
    ['react', { path: { room, seq: '1' }, body: { emoji: 'ok' } }, 'emoji must be one emoji.'],
    ['disconnectUser', { path: {} }, 'userId must be a string.'],
    ['exportUser', { path: {} }, 'userId must be a string.'],
    [
      'exportUser',
      { path: { userId: 'system' } },
      'userId must be the userId of a guest or of a user with a token.',
    ],
    ['exportUser', { path: { userId }, query: { cursor: 'abc' } }, 'cursor must be the cursor of a reply.'],
    ['eraseUser', { path: { userId }, body: { cursor: 7 } }, 'cursor must be a string.'],
  ])('rejects invalid fields of %s', (operation, parts, detail) => {
    expect(detailOf(operation, parts)).toBe(detail);
  });

  it('accepts integers of up to 15 digits in the query', () => {
    const after = '9'.repeat(15);
    expect(parse('readHistory', { path: { room }, query: { after } })).toEqual({
      room,
      after: Number(after),
    });
  });

  it('does not convert numbers in the body', () => {
    expect(detailOf('banUser', { path: { room }, body: { userId, seconds: '60' } })).toBe(
      'seconds must be an integer.',
    );
  });

  it('prefers the path to the query, and the query to the body', () => {
    const parts = {
      path: { room },
      query: { room: '111111111', userId },
      body: { room: 'lobby', userId: 'g-x' },
    };
    expect(parse('kickUser', parts)).toEqual({ room, userId });
  });

  it('ignores unknown fields', () => {
    const request = { path: { room }, query: { cursor: 'abc' }, body: { id: '1', unknown: true } };
    expect(parse('listMembers', request)).toEqual({ room, cursor: 'abc' });
  });

  it.each([
    ['not JSON', Buffer.from('{')],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('rejects a body that is %s', (_, body) => {
    expect(() => parseServerRequest('createRoom', { path: {}, query: {}, body })).toThrow(
      expect.objectContaining({ type: 'invalid-frame', detail: 'The body must be JSON in UTF-8.' }),
    );
  });

  it.each([[[]], [null], ['text'], [7]])('rejects the body %j', (body) => {
    expect(detailOf('createRoom', { body })).toBe('The body must be a JSON object.');
  });

  it('accepts an empty body', () => {
    expect(parseServerRequest('createRoom', { path: {}, query: {}, body: Buffer.alloc(0) })).toEqual({});
  });
});

describe('serverRoutes', () => {
  it('name rooms, invites, messages and users with path parameters', () => {
    const parameters = Object.values(serverRoutes).flatMap((route) => route.match(/\{\w+\}/g) ?? []);
    const names = ['{deviceId}', '{inviteId}', '{room}', '{seq}', '{userId}'];
    expect([...new Set(parameters)].sort()).toEqual(names);
    expect(new Set(Object.values(serverRoutes)).size).toBe(Object.keys(serverRoutes).length);
  });
});
