import { randomUUID } from 'node:crypto';
import { LOBBY_SHARDS } from '../../chat/rooms/room-keys';
import { Client, eventually } from '../../testbed/client';
import type { Stack } from '../../testbed/stack';
import { countCalls } from '../support/call-counts';
import { sendRequest, sendUntilReceived, waitForMembers } from '../support/conversation';
import {
  itLocally,
  itWithTables,
  type StackUnderTest,
  stackUnderTest,
  waitForQuietTables,
} from '../support/stack';

const protocols = ['roomcast.v1'];
const inLobby = { protocols, query: { room: 'lobby' } };

/** Concurrent messages to a room wait for each other, so a sender can need several attempts. */
const SEND_TIMEOUT_MS = 45_000;
/**
 * The number of concurrent senders. The timeout of the test also covers opening the connections and delivering the messages.
 */
const SENDERS = 10;
const CONCURRENCY_TIMEOUT_MS = 3 * SEND_TIMEOUT_MS;

const createLobbyMessage = (text: string) => ({ action: 'sendmessage', room: 'lobby', text });

/** Returns the message pushes that a client has received. */
function listMessages(client: Client) {
  return client.frames.map((frame) => JSON.parse(frame)).filter((frame) => frame.type === 'message');
}

describe('roomcast.v1', () => {
  let stack: StackUnderTest;
  const clients: Client[] = [];
  const open = async (options: Parameters<typeof Client.open>[1]) => {
    const client = await Client.open(stack.wsUrl, options);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    stack = await stackUnderTest();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  afterAll(() => stack.stop());

  it('is negotiated by the subprotocol, which the server returns', async () => {
    const client = await open({ protocols: ['roomcast.v1', `guest.${'x'.repeat(22)}`] });
    expect(client.socket.protocol).toBe('roomcast.v1');
  });

  it('has no typing indicators by default', async () => {
    const client = await open(inLobby);
    expect((await sendRequest(client, { action: 'ping' })).limits).not.toHaveProperty('typing');
    expect(await sendRequest(client, { action: 'typing', room: 'lobby' })).toMatchObject({
      type: 'error',
      problem: { type: 'urn:roomcast:forbidden' },
    });
  });

  it('is negotiated by a query parameter for clients that cannot set a subprotocol', async () => {
    const client = await open({ query: { protocol: 'roomcast.v1' } });
    expect(client.socket.protocol).toBe('');
    client.send('test');
    expect(await client.nextOf('error')).toMatchObject({ problem: { type: 'urn:roomcast:invalid-frame' } });
  });

  it.each<[string, Parameters<typeof Client.open>[1], number]>([
    ['an unknown version', { protocols: ['roomcast.v2'] }, 400],
    ['an invalid username', { query: { username: ' ' } }, 400],
    ['an unknown room', { query: { room: '483920117' } }, 404],
  ])('rejects %s with an HTTP status', async (_, options, status) => {
    await expect(Client.open(stack.wsUrl, options)).rejects.toMatchObject({ status });
  });

  it('acknowledges a message to its sender and pushes it to everyone in the room', async () => {
    const ada = await open({ protocols, query: { room: 'lobby', username: 'Ada' } });
    const bob = await open(inLobby);
    const plain = await open({});
    await sendUntilReceived(plain, [ada, bob, plain], randomUUID);
    const clientMsgId = randomUUID();

    ada.send({ action: 'sendmessage', id: 'r1', room: 'lobby', text: 'hello', clientMsgId });

    const ack = await ada.nextOf('ack', 'r1');
    expect(ack).toEqual({
      type: 'ack',
      id: 'r1',
      room: 'lobby',
      seq: expect.any(Number),
      messageId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      clientMsgId,
      ts: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      duplicate: false,
    });
    const push = {
      type: 'message',
      room: 'lobby',
      epoch: expect.any(String),
      seq: ack.seq,
      kind: 'message',
      messageId: ack.messageId,
      clientMsgId,
      from: { userId: expect.stringMatching(/^g-/), username: 'Ada' },
      text: 'hello',
      ts: ack.ts,
    };
    const findPush = (client: Client) =>
      eventually(async () => listMessages(client).find(({ seq }) => seq === ack.seq));
    expect(await findPush(bob)).toEqual(push);
    expect(await findPush(ada)).toEqual(push);
    await eventually(async () => plain.frames.includes('hello'));
  });

  it('delivers a reply with the seq of the original message, and rejects a reply to a message in another room', async () => {
    const ada = await open({ protocols });
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    const { seq } = await sendRequest(ada, { action: 'sendmessage', room, text: 'question' });
    const reply = { action: 'sendmessage', room, text: 'answer', replyTo: seq };
    expect(await sendRequest(ada, reply)).toMatchObject({ type: 'ack', seq: 2 });
    const { messages } = await sendRequest(ada, { action: 'history', room });
    expect(messages).toMatchObject([{ text: 'question' }, { text: 'answer', replyTo: seq }]);
    const { room: other } = await sendRequest(ada, { action: 'createRoom' });
    expect(await sendRequest(ada, { ...reply, room: other })).toMatchObject({
      type: 'error',
      problem: { type: 'urn:roomcast:unknown-message', temporary: false },
    });
  });

  it('stores a read position for all devices of a user, and announces the position to the members', async () => {
    const protocolsOfBob = ['roomcast.v1', `guest.${randomUUID()}`];
    const [ada, bob] = [await open({ protocols }), await open({ protocols: protocolsOfBob })];
    const { room } = await sendRequest(ada, { action: 'createRoom' });
    const { you } = await sendRequest(bob, { action: 'joinRoom', room });
    await waitForMembers(ada, room, 2);
    const { seq } = await sendRequest(ada, { action: 'sendmessage', room, text: 'hello' });
    const mark = (client: Client) => sendRequest(client, { action: 'markRead', room, seq });
    await eventually(async () => (await mark(bob)).type === 'marked'); // retries, because a frame or a post can be lost
    const isAnnounced = (frame: string) => JSON.parse(frame).positions?.[you.userId] === seq;
    await eventually(async () => {
      if (ada.frames.some(isAnnounced)) return true;
      await mark(ada);
      return false;
    });
    const phone = await open({ protocols: protocolsOfBob });
    expect(await sendRequest(phone, { action: 'joinRoom', room })).toMatchObject({ read: seq, you });
    expect(await sendRequest(ada, { action: 'members', room })).toMatchObject({
      read: { [you.userId]: seq },
    });
    const stranger = await open({ protocols });
    expect(await mark(stranger)).toMatchObject({ problem: { type: 'urn:roomcast:unknown-room' } });
  });

  it('counts the reactions of members, and replays them', async () => {
    const protocolsOfBob = ['roomcast.v1', `guest.${randomUUID()}`];
    const [ada, bob] = [await open({ protocols }), await open({ protocols: protocolsOfBob })];
    const { room, epoch } = await sendRequest(ada, { action: 'createRoom' });
    const { you } = await sendRequest(bob, { action: 'joinRoom', room });
    const { seq } = await sendRequest(ada, { action: 'sendmessage', room, text: 'hello' });
    const react = { action: 'react', room, seq, emoji: '👍' };
    await eventually(async () => (await sendRequest(bob, react)).type === 'reacted');
    await eventually(async () => (await sendRequest(ada, react)).type === 'reacted'); // retries until the interval has passed
    const phone = await open({ protocols: protocolsOfBob });
    const resume = { epoch, lastSeq: seq };
    const { messages } = await sendRequest(phone, { action: 'joinRoom', room, resume });
    const reactions = [{ emoji: '👍', count: 2 }];
    const byUser = { [you.userId]: ['👍'] };
    expect(messages.at(-1)).toMatchObject({ kind: 'reacted', target: seq, reactions, byUser });
    const stranger = await open({ protocols: ['roomcast.v1', `guest.${randomUUID()}`] });
    expect(await sendRequest(stranger, react)).toMatchObject({
      problem: { type: 'urn:roomcast:unknown-room' },
    });
  });

  it('starts in no room, so messages are neither delivered nor accepted', async () => {
    const outsider = await open({ protocols });
    const insider = await open(inLobby);
    outsider.send({ action: 'sendmessage', id: 'r1', room: 'lobby', text: 'hello?' });
    const { problem } = await outsider.nextOf('error', 'r1');
    expect(problem).toEqual({
      type: 'urn:roomcast:unknown-room',
      title: expect.any(String),
      status: 404,
      detail: expect.any(String),
      temporary: false,
    });
    await sendUntilReceived(insider, [insider], randomUUID, createLobbyMessage);
    expect(outsider.frames).toHaveLength(1);
  });

  itWithTables('stores a message once per user and clientMsgId', async () => {
    const guest = 'g'.repeat(30);
    const tabs = await Promise.all(
      [1, 2].map(() => open({ protocols: ['roomcast.v1', `guest.${guest}`], query: { room: 'lobby' } })),
    );
    const [first, second] = tabs as [Client, Client];
    const frame = { action: 'sendmessage', id: 'a', room: 'lobby', text: 'once', clientMsgId: randomUUID() };
    first.send(frame);
    const ack = await first.nextOf('ack', 'a');
    second.send({ ...frame, id: 'b' });
    expect(await second.nextOf('ack', 'b')).toEqual({ ...ack, id: 'b', duplicate: true });
    second.send({ ...frame, id: 'c', text: 'something else' });
    expect(await second.nextOf('error', 'c')).toMatchObject({
      problem: { type: 'urn:roomcast:invalid-frame' },
    });

    const stranger = await open(inLobby);
    stranger.send({ ...frame, id: 'd' });
    const other = await stranger.nextOf('ack', 'd');
    expect(other).toMatchObject({ duplicate: false, seq: ack.seq + 1 });

    const stored = (await stack.scan('ChatTable')).filter((item) => item.clientMsgId === frame.clientMsgId);
    expect(stored).toHaveLength(2);
  });

  itLocally(
    'needs two reads, two writes for the message, one write for the budgets, and one write for the lobby',
    'count of service calls',
    async () => {
      const local = stack.local as Stack;
      const ada = await open(inLobby);
      let sent = 0;
      const sendAndWait = async () => {
        sent += 1;
        const id = `counted ${sent}`;
        ada.send({ action: 'sendmessage', id, room: 'lobby', text: id, clientMsgId: randomUUID() });
        await ada.nextOf('ack', id);
        await eventually(async () => listMessages(ada).some(({ text }) => text === id));
        await waitUntilQuiet();
      };
      const waitUntilQuiet = async () => {
        await eventually(async () => (await local.underWay()) === 0);
        await waitForQuietTables(stack);
      };
      await waitForMembers(ada, 'lobby', 1);
      await sendUntilReceived(ada, [ada], randomUUID, createLobbyMessage); // also creates the lobby
      await waitUntilQuiet();
      // One message in twenty also charges the guest's IP address. Two consecutive messages never do.
      const counts = [await countCalls(local, sendAndWait), await countCalls(local, sendAndWait)];
      expect(counts).toContainEqual({
        'dynamodb.BatchGetItem': 1,
        'dynamodb.PutItem': 2,
        'dynamodb.UpdateItem': 2,
        'events.PutEvents': 1,
        'states.StartExecution': 1,
        'dynamodb.Query': 1 + LOBBY_SHARDS, // the last entry and the members
        'lambda.Invoke': 2,
        'execute-api.PostToConnection': 2,
      });
    },
  );

  itWithTables(
    'stores and delivers the messages of ten concurrent senders in the same order and without gaps',
    async () => {
      const senders = await Promise.all(Array.from({ length: SENDERS }, () => open(inLobby)));
      const listener = await open(inLobby);
      await sendUntilReceived(listener, [listener], randomUUID, createLobbyMessage);
      const before = (await stack.scan('ChatTable')).filter(({ pk, seq }) => pk === 'room#lobby' && seq);
      const start = Math.max(...before.map(({ seq }) => Number(seq)));

      const acks = await Promise.all(
        senders.map(async (sender, index) => {
          const message = { ...createLobbyMessage(`from ${index}`), clientMsgId: randomUUID() };
          // A sender retries a message that lost too many races, as the protocol requires.
          return eventually(async () => {
            const reply = await sendRequest(sender, message);
            return reply.type === 'ack' && reply;
          }, SEND_TIMEOUT_MS);
        }),
      );

      const expected = Array.from({ length: SENDERS }, (_, index) => start + index + 1);
      expect(acks.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(expected);
      const received = await eventually(async () => {
        const pushes = listMessages(listener).filter(({ seq }) => seq > start);
        const bySeq = new Map(pushes.map((push) => [push.seq, push])); // a message can be delivered twice
        return bySeq.size === SENDERS && [...bySeq.values()].sort((a, b) => a.seq - b.seq);
      });
      expect(received.map(({ seq }) => seq)).toEqual(expected);
      const stored = (await stack.scan('ChatTable'))
        .filter((item) => item.room === 'lobby' && item.kind === 'message' && Number(item.seq) > start)
        .sort((a, b) => String(a.sk).localeCompare(String(b.sk)));
      expect(stored.map(({ messageId }) => messageId)).toEqual(received.map(({ messageId }) => messageId));
      expect(stored.map(({ text }) => text)).toEqual(received.map(({ text }) => text));
      const times = stored.map(({ ts }) => Number(ts));
      expect(times).toEqual([...times].sort((a, b) => a - b));
    },
    CONCURRENCY_TIMEOUT_MS,
  );
});
