import { randomUUID } from 'node:crypto';
import { callServerApi, type ServerApi } from '../../scripts/server-api';
import { eventually } from '../../testbed/client';
import {
  createClientPool,
  jsonFrames,
  sendRequest,
  TIMESTAMP,
  waitForMembers,
} from '../support/conversation';
import { type StackUnderTest, stackUnderTest, waitForIndex } from '../support/stack';

describe('server API', () => {
  let stack: StackUnderTest;
  let api: ServerApi;
  const { open, closeAll } = createClientPool(
    () => stack.wsUrl,
    () => waitForIndex(stack),
  );
  const v1 = { protocols: ['roomcast.v1'] };
  const call = (...request: [route: string, body?: unknown, headers?: Record<string, string>]) =>
    callServerApi(api, ...request);

  beforeAll(async () => {
    stack = await stackUnderTest();
    // For a deployed stack, uses the credentials of the environment, like SDK clients.
    const { AWS_REGION = 'us-east-1', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env;
    const { AWS_SESSION_TOKEN: sessionToken } = process.env;
    const own = {
      ...{ accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
      ...(sessionToken === undefined ? {} : { sessionToken }),
    };
    const { region = AWS_REGION, credentials = own } = stack.client;
    api = { url: stack.httpUrl, region, credentials };
  });
  afterEach(closeAll);
  afterAll(() => stack.stop());

  const createRoom = async (fields = {}) => (await call('POST /v1/rooms', fields)).body.room as string;

  async function join(room: string) {
    const client = await open(v1);
    const { you } = await sendRequest(client, { action: 'joinRoom', room });
    await waitForIndex(stack);
    return { client, userId: you.userId as string };
  }

  it('rejects unsigned requests', async () => {
    const unsigned = await fetch(`${api.url}/v1/rooms`, { method: 'POST', body: '{}' });
    expect([unsigned.status, await unsigned.json()]).toEqual([403, { message: 'Forbidden' }]);
  });

  it('rejects requests that are signed with another secret', async () => {
    const credentials = { ...api.credentials, secretAccessKey: 'wrong' };
    const forged = await callServerApi({ ...api, credentials }, 'POST /v1/rooms', {});
    expect([forged.status, forged.body]).toEqual([403, { message: 'Forbidden' }]);
  });

  it('creates and configures rooms', async () => {
    const created = await call('POST /v1/rooms', { name: 'Support', slowModeSeconds: 5 });
    expect(created.status).toBe(201);
    const { room } = created.body;
    expect(created.body).toEqual({
      ...{ room: expect.stringMatching(/^\d{9}$/), kind: 'open', name: 'Support', slowModeSeconds: 5 },
      epoch: expect.any(String),
    });
    const { client } = await join(room);
    const changed = await call(`PATCH /v1/rooms/${room}`, { topic: 'Orders', slowModeSeconds: 0 });
    expect([changed.status, changed.body]).toEqual([200, { room, name: 'Support', topic: 'Orders' }]);
    const [push] = await eventually(async () => {
      const pushes = jsonFrames(client, 'roomChanged');
      return pushes.length > 0 && pushes;
    });
    expect(push).toMatchObject({ topic: 'Orders', by: { userId: 's-system', username: 'System' } });
    const invalid = await call(`PATCH /v1/rooms/${room}`, { slowModeSeconds: -1 });
    expect(invalid.headers.get('content-type')).toBe('application/problem+json');
    expect([invalid.status, invalid.body]).toMatchObject([400, { type: 'urn:roomcast:invalid-frame' }]);
    const missing = await call('PATCH /v1/rooms/100000000', {});
    expect([missing.status, missing.body.type]).toEqual([404, 'urn:roomcast:unknown-room']);
  });

  it('sends a message once per idempotency key, and returns the history', async () => {
    const room = await createRoom();
    const { client } = await join(room);
    const headers = { 'Idempotency-Key': `order-${randomUUID()}` };
    const message = { text: 'Your order has shipped', username: 'Orders' };
    const sent = await call(`POST /v1/rooms/${room}/messages`, message, headers);
    expect([sent.status, sent.body]).toMatchObject([200, { room, seq: 1, duplicate: false }]);
    const again = await call(`POST /v1/rooms/${room}/messages`, message, headers);
    expect(again.body).toEqual({ ...sent.body, duplicate: true });
    const other = await call(`POST /v1/rooms/${room}/messages`, { text: 'another text' }, headers);
    expect([other.status, other.body.type]).toEqual([400, 'urn:roomcast:invalid-frame']);
    const from = { userId: 's-system', username: 'Orders' };
    const entry = { seq: 1, kind: 'message', from, text: message.text, ts: TIMESTAMP };
    await eventually(async () => jsonFrames(client, 'message').length > 0);
    expect(jsonFrames(client, 'message')).toMatchObject([{ room, ...entry }]);
    await call(`POST /v1/rooms/${room}/messages`, { text: 'second' });
    const page = await call(`GET /v1/rooms/${room}/messages?after=0&limit=1`);
    expect([page.status, page.body]).toMatchObject([200, { room, messages: [entry], more: true }]);
    const reacted = await call(`POST /v1/rooms/${room}/messages/1/reactions`, { emoji: '✅' });
    expect([reacted.status, reacted.body]).toEqual([200, { room, seq: 1, emojis: ['✅'] }]);
    await eventually(async () => jsonFrames(client, 'message').some(({ kind }) => kind === 'reacted'));
    const deleted = await call(`DELETE /v1/rooms/${room}/messages/1`);
    expect([deleted.status, deleted.body]).toMatchObject([200, { room, seq: 4 }]);
    await eventually(async () => jsonFrames(client, 'message').some(({ kind }) => kind === 'deleted'));
    expect((await call(`DELETE /v1/rooms/${room}/messages/9`)).status).toBe(404);
    const invalid = await call(`GET /v1/rooms/${room}/messages?limit=x`);
    expect([invalid.status, invalid.body.detail]).toEqual([400, 'limit must be an integer.']);
  });

  it('lists, kicks and bans members', async () => {
    const room = await createRoom({ name: 'Moderated' });
    const [ada, bob] = [await join(room), await join(room)];
    await waitForMembers(ada.client, room, 2);
    const members = await call(`GET /v1/rooms/${room}/members`);
    expect(members.body.members.map(({ userId }: { userId: string }) => userId).sort()).toEqual(
      [ada.userId, bob.userId].sort(),
    );
    const kicked = await call(`POST /v1/rooms/${room}/kick`, { userId: ada.userId });
    expect([kicked.status, kicked.body]).toEqual([200, { room, userId: ada.userId }]);
    await eventually(async () => jsonFrames(ada.client, 'removed').length > 0);
    const key = { 'Idempotency-Key': randomUUID() };
    const banned = await call(`POST /v1/rooms/${room}/ban`, { userId: bob.userId, seconds: 60 }, key);
    expect(banned.body).toEqual({ room, userId: bob.userId, until: TIMESTAMP });
    await eventually(async () => bob.client.closed);
    // A repeated request returns the same reply and does not ban the user again, even after an unban.
    await call(`POST /v1/rooms/${room}/unban`, { userId: bob.userId });
    const repeated = await call(`POST /v1/rooms/${room}/ban`, { userId: bob.userId, seconds: 60 }, key);
    expect(repeated.body).toEqual(banned.body);
    const reused = await call(`POST /v1/rooms/${room}/ban`, { userId: ada.userId }, key);
    expect([reused.status, reused.body.type]).toEqual([400, 'urn:roomcast:invalid-frame']);
  });

  it('creates a room once per idempotency key, and creates invites', async () => {
    const key = { 'Idempotency-Key': randomUUID() };
    const first = await call('POST /v1/rooms', { kind: 'invite' }, key);
    const second = await call('POST /v1/rooms', { kind: 'invite' }, key);
    expect([second.status, second.body]).toEqual([201, first.body]);
    const { room } = first.body;
    const { status, body } = await call(`POST /v1/rooms/${room}/invites`, { role: 'moderator' });
    expect(status).toBe(201);
    const listed = await call(`GET /v1/rooms/${room}/invites`);
    expect(listed.body.invites).toMatchObject([{ inviteId: body.inviteId, role: 'moderator', usesLeft: 1 }]);
    const other = await call(`POST /v1/rooms/${room}/invites`, {});
    expect((await call(`DELETE /v1/rooms/${room}/invites/${other.body.inviteId}`)).status).toBe(200);
    const late = await open(v1);
    late.send({ id: 'late', action: 'joinRoom', room, invite: other.body.invite });
    await eventually(async () => jsonFrames(late, 'error').some(({ id }) => id === 'late'));
    const client = await open(v1);
    const joined = await sendRequest(client, { action: 'joinRoom', room, invite: body.invite });
    expect(joined).toMatchObject({ type: 'joined', role: 'moderator' });
    const tooMany = await call(`POST /v1/rooms/${room}/invites`, { uses: 0 });
    expect(tooMany.status).toBe(400);
  });

  it('disconnects a user', async () => {
    const { client, userId } = await join('lobby');
    const { status, body } = await call(`DELETE /v1/users/${userId}/connections`);
    expect([status, body]).toEqual([200, { userId, connections: 1 }]);
    await eventually(async () => client.closed);
    const invalid = await call('DELETE /v1/users/nobody/connections');
    expect([invalid.status, invalid.body.detail]).toEqual([400, 'userId must be the userId of a user.']);
  });

  it('exports the data of a user, and erases it permanently', async () => {
    const room = await createRoom();
    const [ada, bob] = [await join(room), await join(room)];
    await waitForMembers(bob.client, room, 2);
    for (const { client } of [ada, bob, ada])
      await sendRequest(client, { action: 'sendmessage', room, text: 'a secret' });
    const path = `/v1/users/${ada.userId}/data`;
    const exported = await call(`GET ${path}`);
    expect(exported.status).toBe(200);
    expect(JSON.stringify(exported.body)).not.toContain(bob.userId);
    const texts = exported.body.records.filter(({ kind }: { kind: string }) => kind === 'message');
    expect(texts.map(({ seq, text }: { seq: number; text: string }) => [seq, text]).sort()).toEqual([
      [1, 'a secret'],
      [3, 'a secret'],
    ]);
    const erased = await call(`DELETE ${path}`);
    expect([erased.status, erased.body]).toEqual([200, { userId: ada.userId, erased: expect.any(Number) }]);
    await eventually(async () => ada.client.closed);
    const targets = () =>
      jsonFrames(bob.client, 'message')
        .filter(({ kind }) => kind === 'deleted')
        .map(({ target }) => target);
    await eventually(async () => targets().length === 2);
    expect(targets().sort()).toEqual([1, 3]);
    const history = await sendRequest(bob.client, { action: 'history', room });
    expect(history.messages.map(({ seq, kind, from }: Record<string, never>) => [seq, kind, from])).toEqual([
      [1, 'void', { userId: 's-erased', username: 'Deleted user' }],
      [2, 'message', expect.objectContaining({ userId: bob.userId })],
      [3, 'void', { userId: 's-erased', username: 'Deleted user' }],
      [4, 'deleted', { userId: 's-system', username: 'System' }],
      [5, 'deleted', { userId: 's-system', username: 'System' }],
    ]);
    const refused = await call('DELETE /v1/users/s-system/data');
    expect([refused.status, refused.body.type]).toEqual([400, 'urn:roomcast:invalid-frame']);
  });
});
