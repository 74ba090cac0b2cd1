import { eventually } from '../support/client';
import { describeLocally, type Stack, startStack } from '../support/stack';
import { Wscat } from '../support/wscat';

/** Rooms from a terminal: what a person can do with wscat and nothing else. */
describeLocally(
  'three wscat sessions',
  'list of open sockets, and wscat prints nothing when it is connected',
  () => {
    let stack: Stack;
    beforeAll(async () => {
      stack = await startStack();
    });
    afterAll(() => stack.stop());

    /** The rooms that rows of this name are in, the record's audience of everyone left out. */
    const roomsOf = async (username: string) =>
      (await stack.scan('ConnectionsTable'))
        .filter((row) => row.username === username && row.room !== '@everyone')
        .map(({ room }) => room);

    it('make a room, meet in it by its number, and are heard there and nowhere else', async () => {
      const [ada, bob, other] = [1, 2, 3].map(() => Wscat.open(stack.wsUrl)) as [Wscat, Wscat, Wscat];
      await eventually(async () => (await stack.connections()).length === 3);

      ada.type('{"action":"createRoom","username":"Ada"}');
      const created = await ada.sees('"type":"created"');
      const room = /"room":"([1-9]\d{8})"/.exec(created)?.[1] as string;
      expect(room).toBeDefined();
      expect(await roomsOf('Ada')).toEqual([room]);

      const unknown = room === '483920117' ? '483920118' : '483920117';
      bob.type(`{"action":"joinRoom","room":"${unknown}","username":"Bob"}`);
      expect(await bob.sees('"type":"error"')).toContain('urn:roomcast:unknown-room');
      expect(await roomsOf('Bob')).toEqual([]);

      bob.type(`{"action":"joinRoom","room":"${room}","username":"Bob"}`);
      expect(await bob.sees('"type":"joined"')).toContain('"memberCount":2');
      expect(await roomsOf('Bob')).toEqual([room]);

      ada.type('{"action":"sendmessage","message":"hello, Bob!"}');
      await Promise.all([ada.sees('hello, Bob!'), bob.sees('hello, Bob!')]);
      bob.type('{"action":"sendMessage","Message":"hello, Ada!"}');
      await Promise.all([ada.sees('hello, Ada!'), bob.sees('hello, Ada!')]);

      // The lobby's own message comes after all that might have strayed there, and stays there.
      other.type('{"action":"sendmessage","message":"anyone in the lobby?"}');
      await other.sees('anyone in the lobby?');
      expect(other.transcript).not.toContain('hello');

      bob.type('{"action":"leaveRoom"}');
      expect(await bob.sees('"type":"left"')).toContain(`"room":"${room}"`);
      const inRoom = async () => (await stack.scan('ConnectionsTable')).filter((row) => row.room === room);
      expect(await inRoom()).toEqual([expect.objectContaining({ username: 'Ada' })]);
      ada.type('{"action":"sendmessage","message":"alone again"}');
      await ada.sees('alone again');
      other.type('{"action":"sendmessage","message":"welcome back"}');
      await bob.sees('welcome back');
      expect(bob.transcript).not.toContain('alone again');
      expect(ada.transcript).not.toMatch(/in the lobby|welcome back/);

      await ada.interrupt();
      await eventually(async () => (await inRoom()).length === 0);
      await Promise.all([bob.interrupt(), other.interrupt()]);
      await eventually(async () => (await stack.scan('ConnectionsTable')).length === 0);
    });
  },
);
