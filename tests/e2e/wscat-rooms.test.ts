import { eventually } from '../../testbed/client';
import { type StackUnderTest, stackUnderTest, waitForIndex, withTables } from '../support/stack';
import { Wscat } from '../support/wscat';

/** Covers rooms with wscat as the only client. */
describe('rooms with wscat', () => {
  let stack: StackUnderTest;
  beforeAll(async () => {
    stack = await stackUnderTest();
  });
  afterAll(() => stack.stop());

  /** Returns the rooms of a connection's membership rows. */
  const readRooms = async (id: string) =>
    (await stack.scan('ConnectionsTable'))
      .filter(({ connectionId, room }) => connectionId === id && room !== '@everyone')
      .map(({ room }) => room);
  /**
   * Expects that a connection is in these rooms, and waits until the index of the fan-out is up to date. Does nothing without
   * access to the tables.
   */
  const expectRooms = async (connectionId: string, ...rooms: string[]) => {
    if (!withTables) return;
    expect(await readRooms(connectionId)).toEqual(rooms);
    await waitForIndex(stack);
  };

  it('creates a room that others join by number, and delivers messages only in that room', async () => {
    const [ada, bob, other] = [1, 2, 3].map(() => Wscat.open(stack.wsUrl)) as [Wscat, Wscat, Wscat];
    const [adaId, bobId, otherId] = [
      await ada.waitForConnection(),
      await bob.waitForConnection(),
      await other.waitForConnection(),
    ];

    ada.type('{"action":"createRoom","username":"Ada"}');
    const created = await ada.waitForText('"type":"created"');
    const room = /"room":"([1-9]\d{8})"/.exec(created)?.[1] as string;
    expect(room).toBeDefined();
    await expectRooms(adaId, room);

    const unknown = room === '483920117' ? '483920118' : '483920117';
    bob.type(`{"action":"joinRoom","room":"${unknown}","username":"Bob"}`);
    expect(await bob.waitForText('"type":"error"')).toContain('urn:roomcast:unknown-room');
    await expectRooms(bobId, 'lobby');

    bob.type(`{"action":"joinRoom","room":"${room}","username":"Bob"}`);
    expect(await bob.waitForText('"type":"joined"')).toContain('"memberCount":2');
    await expectRooms(bobId, room);

    ada.type('{"action":"sendmessage","message":"hello, Bob!"}');
    await Promise.all([ada.waitForText('hello, Bob!'), bob.waitForText('hello, Bob!')]);
    bob.type('{"action":"sendMessage","Message":"hello, Ada!"}');
    await Promise.all([ada.waitForText('hello, Ada!'), bob.waitForText('hello, Ada!')]);

    // Messages to the wrong room would arrive before this message.
    other.type('{"action":"sendmessage","message":"anyone in the lobby?"}');
    await other.waitForText('anyone in the lobby?');
    expect(other.transcript).not.toMatch(/hello, (Ada|Bob)!/);

    bob.type('{"action":"leaveRoom"}');
    expect(await bob.waitForText('"type":"left"')).toContain(`"room":"${room}"`);
    await expectRooms(bobId, 'lobby');
    await expectRooms(adaId, room);
    ada.type('{"action":"sendmessage","message":"alone again"}');
    await ada.waitForText('alone again');
    other.type('{"action":"sendmessage","message":"welcome back"}');
    await bob.waitForText('welcome back');
    expect(bob.transcript).not.toContain('alone again');
    expect(ada.transcript).not.toMatch(/in the lobby|welcome back/);

    await Promise.all([ada, bob, other].map((one) => one.interrupt()));
    if (!withTables) return;
    for (const id of [adaId, bobId, otherId])
      await eventually(async () => (await readRooms(id)).length === 0);
  });
});
