import { eventually } from '../support/client';
import { createClientPool, jsonFrames, sendRequest } from '../support/conversation';
import {
  type Fields,
  foreignRoomRequests,
  inOwnRoom,
  invalidRequests,
  OTHER_ROOM,
  OWN_ROOM,
} from '../support/invalid-requests';
import { type StackUnderTest, stackUnderTest, waitForQuietTables, withTables } from '../support/stack';

type Mode = 'plain' | 'v1';
type ProblemName = 'invalid-frame' | 'unknown-room';

describe('request validation', () => {
  let stack: StackUnderTest;
  const { open, closeAll } = createClientPool(() => stack.wsUrl);
  const rooms: Record<string, string> = {};
  const clients = {} as Record<Mode, Awaited<ReturnType<typeof open>>>;

  beforeAll(async () => {
    stack = await stackUnderTest();
    const stranger = await open({ protocols: ['roomcast.v1'] });
    rooms[OTHER_ROOM] = (await sendRequest(stranger, { action: 'createRoom' })).room;
    await Promise.all([openClient('plain'), openClient('v1')]);
  });
  afterAll(async () => {
    await closeAll();
    await stack.stop();
  });

  /** Replaces a client, whose requests have used up most of the connection's budget. */
  const openClient = async (mode: Mode) => {
    clients[mode] = await open(mode === 'v1' ? { protocols: ['roomcast.v1'] } : {});
    rooms[mode] = (await sendRequest(clients[mode], { action: 'createRoom' })).room;
    if (withTables) await waitForQuietTables(stack);
  };
  /** Returns all items other than budgets. Empty if the tests have no access to the tables. */
  const readItems = async () => {
    if (!withTables) return [];
    const [connections, chat] = await Promise.all([stack.scan('ConnectionsTable'), stack.scan('ChatTable')]);
    return [...connections, ...chat.filter(({ sk }) => sk !== 'budgets')];
  };
  const createFrame = (mode: Mode, action: string, fields: Fields) => {
    const { room } = fields;
    const actual = room === OWN_ROOM ? rooms[mode] : room === OTHER_ROOM ? rooms[OTHER_ROOM] : room;
    return { action, ...fields, ...(actual === undefined ? {} : { room: actual }) };
  };
  const expectProblem = async (mode: Mode, action: string, fields: Fields, problem: ProblemName) => {
    const before = await readItems();
    expect(await sendRequest(clients[mode], createFrame(mode, action, fields))).toEqual({
      type: 'error',
      problem: {
        type: `urn:roomcast:${problem}`,
        title: expect.any(String),
        status: problem === 'invalid-frame' ? 400 : 404,
        detail: expect.stringMatching(/^.{5,120}\.$/),
        temporary: false,
      },
    });
    expect(await readItems()).toEqual(before);
  };

  describe.each(['plain', 'v1'] as const)('in mode %s', (mode) => {
    describe.each(Object.entries(invalidRequests))('%s', (action, cases) => {
      beforeAll(() => openClient(mode));

      if (cases.length > 0)
        it.each(cases)('is rejected with %s', (_, fields) =>
          expectProblem(mode, action, fields, 'invalid-frame'),
        );

      it.each<[string, unknown]>([
        ['is a number', 7],
        ['is null', null],
        ['is too long', 'x'.repeat(65)],
        ['is a lone surrogate', '\ud800'],
      ])('gets an error without an id if the id %s', async (_, id) => {
        const itemsBefore = await readItems();
        const client = clients[mode];
        // On a shared stack, a plain connection can receive broadcasts, which are not JSON.
        const errors = () => client.frames.filter((frame) => frame.startsWith('{"type":"error"'));
        const before = errors().length;
        client.send({
          ...createFrame(mode, action, action === 'joinRoom' ? { room: OTHER_ROOM } : inOwnRoom({})),
          id,
        });
        await eventually(async () => errors().length > before);
        const error = JSON.parse(errors().at(-1) as string);
        expect(error).toMatchObject({ type: 'error', problem: { type: 'urn:roomcast:invalid-frame' } });
        expect(error).not.toHaveProperty('id');
        expect(await readItems()).toEqual(itemsBefore);
      });
    });

    it.each(foreignRoomRequests)(
      'rejects %s for a room that the client has not joined: %j',
      (action, fields) => expectProblem(mode, action, fields, 'unknown-room'),
    );

    describe('unknown fields', () => {
      beforeAll(() => openClient(mode));

      it.each([
        ['history', { after: 0 }],
        ['members', {}],
        ['ping', {}],
        ['joinRoom', { resume: { epoch: 'e', lastSeq: 0, also: 1 } }],
        ['leaveRoom', {}],
        ['createRoom', {}],
      ])('are ignored in %s', async (action, fields) => {
        const unknown = {
          mood: 'fine',
          constructor: 1,
          connectionId: 'another',
          userId: 'g-another',
          text: 7,
        };
        const reply = await sendRequest(clients[mode], {
          ...createFrame(mode, action, inOwnRoom(fields)),
          ...unknown,
        });
        expect(reply).not.toHaveProperty('problem');
        for (const field of Object.keys(unknown)) expect(Object.keys(reply)).not.toContain(field);
      });
    });
  });

  it.each(['leaveRoom', 'history', 'members'])('rejects %s without a room in roomcast.v1', (action) =>
    expectProblem('v1', action, {}, 'invalid-frame'),
  );

  it('uses the current room if a plain request names none', async () => {
    const { room } = await sendRequest(clients.plain, { action: 'createRoom' });
    expect(await sendRequest(clients.plain, { action: 'history' })).toMatchObject({ type: 'history', room });
    expect(await sendRequest(clients.plain, { action: 'members' })).toMatchObject({ type: 'members', room });
    expect(await sendRequest(clients.plain, { action: 'leaveRoom' })).toMatchObject({ type: 'left', room });
  });

  it('ignores a room in __proto__', async () => {
    clients.v1.send(`{"action":"joinRoom","id":"proto","__proto__":{"room":"${rooms[OTHER_ROOM]}"}}`);
    const reply = await eventually(async () => jsonFrames(clients.v1).find(({ id }) => id === 'proto'));
    expect(reply).toMatchObject({ type: 'error', problem: { type: 'urn:roomcast:invalid-frame' } });
  });
});
