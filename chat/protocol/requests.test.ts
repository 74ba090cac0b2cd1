import { type Action, type Frame, parseFrame, parseRequest, readRequestId } from './requests';
import { serializeReply } from './serialize';

const ROOM = '483920117';

describe('parseRequest', () => {
  it.each<[Action, Frame, string]>([
    ['ping', { id: 7 }, 'id must be a string.'],
    ['ping', { id: 'x'.repeat(65) }, 'id must be at most 64 characters.'],
    ['ping', { id: '\ud800' }, 'id must be valid Unicode.'],
    ['joinRoom', { room: 7 }, 'room must be a string.'],
    ['joinRoom', { room: 'kitchen' }, 'room must be "lobby" or a nine-digit number.'],
    ['joinRoom', { room: ROOM, username: 7 }, 'username must be a string.'],
    ['joinRoom', { room: ROOM, username: ' ' }, 'username must be 1 to 32 printable characters.'],
    ['joinRoom', { room: ROOM, resume: 7 }, 'resume must be an object.'],
    ['joinRoom', { room: ROOM, resume: { epoch: 7, lastSeq: 0 } }, 'resume.epoch must be a string.'],
    [
      'joinRoom',
      { room: ROOM, resume: { epoch: 'x'.repeat(65), lastSeq: 0 } },
      'resume.epoch must be at most 64 characters.',
    ],
    ['joinRoom', { room: ROOM, resume: { epoch: 'e' } }, 'resume.lastSeq must be an integer.'],
    ['joinRoom', { room: ROOM, resume: { epoch: 'e', lastSeq: -1 } }, 'resume.lastSeq must be 0 or greater.'],
    ['createRoom', { name: 7 }, 'name must be a string.'],
    ['createRoom', { name: '' }, 'name must be 1 to 64 printable characters.'],
    ['sendmessage', { room: ROOM }, 'text must be a string.'],
    ['sendmessage', { room: ROOM, text: 'hi', clientMsgId: 'x' }, 'clientMsgId must be a UUID.'],
    ['history', { room: ROOM, after: 1.5 }, 'after must be an integer.'],
    ['history', { room: ROOM, before: -1 }, 'before must be 0 or greater.'],
    ['history', { room: ROOM, limit: '1' }, 'limit must be an integer.'],
    ['history', { room: ROOM, limit: 0 }, 'limit must be between 1 and 100.'],
    ['history', { room: ROOM, limit: 101 }, 'limit must be between 1 and 100.'],
    ['history', { room: ROOM, after: 1, before: 2 }, 'after and before cannot be used together.'],
    ['kick', { room: ROOM, userId: 7 }, 'userId must be a string.'],
    ['kick', { room: ROOM, userId: 'bob' }, 'userId must be the userId of a user.'],
    [
      'setRole',
      { room: ROOM, userId: 'g-1', role: 'admin' },
      'role must be owner, moderator, member or reader.',
    ],
    ['members', { room: ROOM, cursor: 7 }, 'cursor must be a string.'],
    ['members', { room: ROOM, cursor: 'x'.repeat(257) }, 'cursor must be at most 256 characters.'],
  ])('rejects %s %j with the reason', (action, frame, detail) => {
    expect(() => parseRequest(action, 'roomcast.v1', frame)).toThrow(
      expect.objectContaining({ type: 'invalid-frame', detail }),
    );
  });

  it.each<[Action, Frame]>([
    ['ping', { id: 'x'.repeat(64) }],
    ['joinRoom', { room: 'lobby', username: 'x'.repeat(32), resume: { epoch: 'x'.repeat(64), lastSeq: 0 } }],
    ['createRoom', { name: 'x'.repeat(64) }],
    ['history', { room: ROOM, after: 0, limit: 1 }],
    ['history', { room: ROOM, before: Number.MAX_SAFE_INTEGER, limit: 100 }],
    ['members', { room: ROOM, cursor: 'x'.repeat(256) }],
  ])('accepts %s %j', (action, frame) => {
    expect(parseRequest(action, 'roomcast.v1', frame)).toEqual(frame);
  });

  it('trims the username and drops unknown fields', () => {
    const frame = { room: ROOM, username: ' Ada ', action: 'joinRoom' };
    expect(parseRequest('joinRoom', 'roomcast.v1', frame)).toEqual({ room: ROOM, username: 'Ada' });
  });

  it.each<[Action, Frame, Frame]>([
    ['sendmessage', { message: 'a', Message: 'b', text: 'c' }, { room: 'lobby', text: 'a' }],
    ['sendmessage', { Message: 'b', text: 'c' }, { room: 'lobby', text: 'b' }],
    ['sendmessage', { text: 'c', id: 'r', room: ROOM }, { room: 'lobby', text: 'c', id: 'r' }],
    ['joinRoom', { room: ROOM }, { room: ROOM }],
    ['history', { limit: 3 }, { room: 'lobby', limit: 3 }],
    ['history', { room: ROOM, limit: 3 }, { room: ROOM, limit: 3 }],
    ['leaveRoom', {}, { room: 'lobby' }],
    ['ping', {}, {}],
  ])('reads %s %j of a plain connection in the lobby', (action, frame, request) => {
    expect(parseRequest(action, 'plain', frame, 'lobby')).toEqual(request);
  });

  it.each<[Action, Frame, string]>([
    ['sendmessage', {}, 'message must be a string.'],
    ['sendmessage', { message: null, text: undefined }, 'message must be a string.'],
    ['sendmessage', { Message: 7 }, 'Message must be a string.'],
    ['sendmessage', { text: [] }, 'text must be a string.'],
    ['editMessage', { seq: 1, message: 'a' }, 'text must be a string.'],
  ])('names the invalid field of a plain %s %j', (action, frame, detail) => {
    expect(() => parseRequest(action, 'plain', frame, 'lobby')).toThrow(
      expect.objectContaining({ type: 'invalid-frame', detail }),
    );
  });

  it('requires the room of a plain joinRoom', () => {
    expect(() => parseRequest('joinRoom', 'plain', {}, 'lobby')).toThrow('room must be a string.');
  });
});

describe('parseFrame', () => {
  it('returns a JSON object', () => {
    expect(parseFrame('{"action":"ping"}')).toEqual({ action: 'ping' });
  });

  it.each([
    [undefined, 'The frame must be JSON.'],
    ['', 'The frame must be JSON.'],
    ['{', 'The frame must be JSON.'],
    ['"text"', 'The frame must be a JSON object.'],
    ['7', 'The frame must be a JSON object.'],
    ['null', 'The frame must be a JSON object.'],
    ['[]', 'The frame must be a JSON object.'],
  ])('rejects %j', (body, detail) => {
    expect(() => parseFrame(body)).toThrow(expect.objectContaining({ type: 'invalid-frame', detail }));
  });
});

describe('readRequestId', () => {
  it.each([
    [undefined, undefined],
    [{}, undefined],
    [{ id: 7 }, undefined],
    [{ id: 'x'.repeat(65) }, undefined],
    [{ id: 'r1', room: 7 }, 'r1'],
  ])('reads from %j the id %j', (frame, id) => {
    expect(readRequestId(frame)).toBe(id);
  });
});

describe('serializeReply', () => {
  it('puts the type and the id first', () => {
    const reply = { type: 'left', room: ROOM } as const;
    expect(serializeReply(reply, 'r1')).toBe(`{"type":"left","id":"r1","room":"${ROOM}"}`);
    expect(serializeReply(reply, undefined)).toBe(`{"type":"left","room":"${ROOM}"}`);
  });
});
