import { eventually } from '../support/client';
import { createClientPool, jsonFrames, sendRequest } from '../support/conversation';
import {
  type Fields,
  foreignRoomRequests,
  inOwnRoom,
  invalidRequests,
  OTHER_ROOM,
  OWN_ROOM,
} from '../support/invalid-frames';
import { quiet, type StackUnderTest, stackUnderTest, withTables } from '../support/stack';

type Mode = 'plain' | 'v1';
type Answer = 'invalid-frame' | 'unknown-room';

describe('bad requests', () => {
  let stack: StackUnderTest;
  const { open, closeAll } = createClientPool(() => stack.wsUrl);
  const rooms: Record<string, string> = {};
  const clients = {} as Record<Mode, Awaited<ReturnType<typeof open>>>;

  beforeAll(async () => {
    stack = await stackUnderTest();
    const stranger = await open({ protocols: ['roomcast.v1'] });
    rooms[OTHER_ROOM] = (await sendRequest(stranger, { action: 'createRoom' })).room;
    for (const mode of ['plain', 'v1'] as const) {
      clients[mode] = await open(mode === 'v1' ? { protocols: ['roomcast.v1'] } : {});
      rooms[mode] = (await sendRequest(clients[mode], { action: 'createRoom' })).room;
    }
    if (withTables) await quiet(stack);
  });
  afterAll(async () => {
    await closeAll();
    await stack.stop();
  });

  /** What is stored, but for the failed joins that are counted; of a stack whose tables are out of reach, nothing. */
  const stored = async () => {
    if (!withTables) return [];
    const [connections, chat] = await Promise.all([stack.scan('ConnectionsTable'), stack.scan('ChatTable')]);
    return [...connections, ...chat.map(({ failedJoins: _, ...item }) => item)];
  };
  const frameOf = (mode: Mode, action: string, fields: Fields) => {
    const { room } = fields;
    const meant = room === OWN_ROOM ? rooms[mode] : room === OTHER_ROOM ? rooms[OTHER_ROOM] : room;
    return { action, ...fields, ...(meant === undefined ? {} : { room: meant }) };
  };
  const isRefused = async (mode: Mode, action: string, fields: Fields, answer: Answer) => {
    const before = await stored();
    expect(await sendRequest(clients[mode], frameOf(mode, action, fields))).toEqual({
      type: 'error',
      problem: {
        type: `urn:roomcast:${answer}`,
        title: expect.any(String),
        status: answer === 'invalid-frame' ? 400 : 404,
        detail: expect.stringMatching(/^.{5,120}\.$/),
        temporary: false,
      },
    });
    expect(await stored()).toEqual(before);
  };

  describe.each(['plain', 'v1'] as const)('in mode %s', (mode) => {
    describe.each(Object.entries(invalidRequests))('%s', (action, cases) => {
      if (cases.length > 0)
        it.each(cases)('with %s is an invalid frame and leaves nothing behind', (_, fields) =>
          isRefused(mode, action, fields, 'invalid-frame'),
        );

      it.each<[string, unknown]>([
        ['is a number', 7],
        ['is null', null],
        ['is too long', 'x'.repeat(65)],
        ['is half a surrogate pair', '\ud800'],
      ])('with an id that %s is an invalid frame, told without an id', async (_, id) => {
        const before = await stored();
        const client = clients[mode];
        // On a stack that others use, a plain connection may hear a broadcast, which is no JSON.
        const errors = () => client.frames.filter((frame) => frame.startsWith('{"type":"error"'));
        const heard = errors().length;
        client.send({
          ...frameOf(mode, action, action === 'joinRoom' ? { room: OTHER_ROOM } : inOwnRoom({})),
          id,
        });
        await eventually(async () => errors().length > heard);
        const error = JSON.parse(errors().at(-1) as string);
        expect(error).toMatchObject({ type: 'error', problem: { type: 'urn:roomcast:invalid-frame' } });
        expect(error).not.toHaveProperty('id');
        expect(await stored()).toEqual(before);
      });
    });

    it.each(foreignRoomRequests)('%s in a room that is none to the asker is unknown: %j', (action, fields) =>
      isRefused(mode, action, fields, 'unknown-room'),
    );

    it.each([
      ['history', { after: 0 }],
      ['members', {}],
      ['ping', {}],
      ['joinRoom', { resume: { epoch: 'e', lastSeq: 0, also: 1 } }],
      ['leaveRoom', {}],
      ['createRoom', {}],
    ])('%s passes with fields that nobody knows', async (action, fields) => {
      const unknown = { mood: 'fine', constructor: 1, connectionId: 'another', userId: 'g-another', text: 7 };
      const reply = await sendRequest(clients[mode], {
        ...frameOf(mode, action, inOwnRoom(fields)),
        ...unknown,
      });
      expect(reply).not.toHaveProperty('problem');
      for (const field of Object.keys(unknown)) expect(Object.keys(reply)).not.toContain(field);
    });
  });

  it.each(['leaveRoom', 'history', 'members'])('%s needs a room in roomcast.v1', (action) =>
    isRefused('v1', action, {}, 'invalid-frame'),
  );

  it('in plain mode the room one is in is meant where none is named', async () => {
    const { room } = await sendRequest(clients.plain, { action: 'createRoom' });
    expect(await sendRequest(clients.plain, { action: 'history' })).toMatchObject({ type: 'history', room });
    expect(await sendRequest(clients.plain, { action: 'members' })).toMatchObject({ type: 'members', room });
    expect(await sendRequest(clients.plain, { action: 'leaveRoom' })).toMatchObject({ type: 'left', room });
  });

  it('a room in __proto__ is no room', async () => {
    clients.v1.send(`{"action":"joinRoom","id":"proto","__proto__":{"room":"${rooms[OTHER_ROOM]}"}}`);
    const reply = await eventually(async () => jsonFrames(clients.v1).find(({ id }) => id === 'proto'));
    expect(reply).toMatchObject({ type: 'error', problem: { type: 'urn:roomcast:invalid-frame' } });
  });
});
