import { describeAtLength } from '../../testbed/at-length';
import { eventually } from '../../testbed/client';
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

describeAtLength('request validation', () => {
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

  /** Replaces a client that has used up most of its connection's budget. */
  const openClient = async (mode: Mode) => {
    clients[mode] = await open(mode === 'v1' ? { protocols: ['roomcast.v1'] } : {});
    rooms[mode] = (await sendRequest(clients[mode], { action: 'createRoom' })).room;
    if (withTables) await waitForQuietTables(stack);
  };
  /** Returns all items except budgets. Returns an empty list if the tests have no access to the tables. */
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
  /** Sends requests one at a time. Expects the given problem for each request, and no writes to the tables. */
  const expectProblems = async (
    mode: Mode,
    action: string,
    cases: readonly (readonly [description: string, Fields])[],
    problem: ProblemName,
  ) => {
    const before = await readItems();
    const replies: Record<string, unknown> = {};
    for (const [description, fields] of cases)
      replies[description] = await sendRequest(clients[mode], createFrame(mode, action, fields));
    const expected = {
      type: 'error',
      problem: {
        type: `urn:roomcast:${problem}`,
        title: expect.any(String),
        status: problem === 'invalid-frame' ? 400 : 404,
        detail: expect.stringMatching(/^.{5,120}\.$/),
        temporary: false,
      },
    };
    expect(replies).toEqual(Object.fromEntries(cases.map(([description]) => [description, expected])));
    expect(await readItems()).toEqual(before);
  };

  describe.each(['plain', 'v1'] as const)('in mode %s', (mode) => {
    describe.each(Object.entries(invalidRequests))('%s', (action, cases) => {
      beforeAll(() => openClient(mode));

      if (cases.length > 0)
        it('is rejected with invalid fields', () => expectProblems(mode, action, cases, 'invalid-frame'));

      it('gets an error without an id if the id is invalid', async () => {
        const before = await readItems();
        const client = clients[mode];
        // On a shared stack, a plain connection can receive broadcasts, which are not JSON.
        const errors = () => client.frames.filter((frame) => frame.startsWith('{"type":"error"'));
        const room = action === 'joinRoom' ? { room: OTHER_ROOM } : inOwnRoom({});
        for (const id of [7, null, 'x'.repeat(65), '\ud800']) {
          const { length } = errors();
          client.send({ ...createFrame(mode, action, room), id });
          await eventually(async () => errors().length > length);
          const error = JSON.parse(errors().at(-1) as string);
          expect(error).toMatchObject({ type: 'error', problem: { type: 'urn:roomcast:invalid-frame' } });
          expect(error).not.toHaveProperty('id');
        }
        expect(await readItems()).toEqual(before);
      });
    });

    it.each(foreignRoomRequests)(
      'rejects %s for a room that the client has not joined: %j',
      (action, fields) => expectProblems(mode, action, [['a foreign room', fields]], 'unknown-room'),
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
      ])('ignores unknown fields in %s', async (action, fields) => {
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
    expectProblems('v1', action, [['no room', {}]], 'invalid-frame'),
  );

  it('uses the current room if a plain request has no room', async () => {
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
