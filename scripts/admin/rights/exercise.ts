import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type Runtime, startRuntime } from 'sam-offline';
import { requests } from '../../../chat/protocol/requests';
import { callServerApi } from '../../server-api';
import { withSettings } from '../../settings';
import { Connection } from '../../smoke/connection';
import {
  createDevelopmentKeys,
  DEVELOPMENT_AUDIENCE,
  signDevelopmentToken,
} from '../token/development-issuer';

/** The permissions that one function or state machine used, and the granted permissions that it did not use. */
export interface PermissionUsage {
  logicalId: string;
  enforced: boolean;
  used: { action: string; resource: string; denied: boolean }[];
  unused: { action: string; resource: string }[];
}

/** A row must be older than this to be deleted when a post fails because the connection is gone. */
const LONG_AGO_MS = 60_000;
const PATIENCE_MS = 30_000;
/** The interval of the rule that checks connections. */
const SWEEP_MS = 600_000;

/**
 * Runs the application locally and exercises every operation of the functions and the workflow. Returns the permissions that
 * their calls required.
 */
export async function collectPermissionUsage(): Promise<PermissionUsage[]> {
  const issuer = await startIssuer();
  const parameters = { JwtIssuer: issuer.url, JwtAudience: DEVELOPMENT_AUDIENCE };
  const settings = { TypingIndicator: 'on', ConnectionsPerUser: 1 };
  const runtime = await withSettings(settings, (template) => startRuntime({ template, port: 0, parameters }));
  const tables = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      region: runtime.app.region,
      endpoint: `http://127.0.0.1:${runtime.port}`,
      credentials: { accessKeyId: 'developer', secretAccessKey: 'developer' },
    }),
  );
  try {
    await exercise(new Stack(runtime, tables), issuer);
    const response = await fetch(`http://127.0.0.1:${runtime.port}/_local/permissions`);
    return (await response.json()) as PermissionUsage[];
  } finally {
    tables.destroy();
    await runtime.close();
  }
}

interface Issuer {
  url: string;
  sign(): Promise<string>;
}

/** Starts a server that publishes the keys of a token issuer, without a discovery document. */
async function startIssuer(): Promise<Issuer> {
  const keys = await createDevelopmentKeys();
  const server = createServer(({ url }, response) => {
    response.writeHead(url === '/.well-known/jwks.json' ? 200 : 404).end(JSON.stringify(keys.keySet));
  });
  server.listen(0, '127.0.0.1').unref(); // do not keep the process running if the runtime fails to start
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    sign: () => signDevelopmentToken(keys, url, 600, { sub: 'ada' }),
  };
}

class Stack {
  readonly url: string;

  constructor(
    readonly runtime: Runtime,
    private readonly tables: DynamoDBDocumentClient,
  ) {
    this.url = `ws://127.0.0.1:${runtime.port}/${runtime.app.webSocketApis[0]?.stage}`;
  }

  open(query = '', ...credentials: string[]): Promise<Connection> {
    return Connection.open(`${this.url}${query}`, ['roomcast.v1', ...credentials]);
  }

  openPlain(): Promise<Connection> {
    return Connection.open(this.url);
  }

  /** Calls the server API. @throws Error if the call is rejected */
  async callApi(
    route: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Record<string, unknown>> {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const api = {
      url: `http://127.0.0.1:${this.runtime.port}`,
      region: this.runtime.app.region,
      credentials,
    };
    const response = await callServerApi(api, route, body, headers);
    if (response.status >= 300) throw new Error(`${route} returned ${response.status}.`);
    return response.body;
  }

  async scan(logicalId: string): Promise<Record<string, unknown>[]> {
    const { Items = [] } = await this.tables.send(new ScanCommand({ TableName: this.tableName(logicalId) }));
    return Items;
  }

  /** Deletes the lobby and its log, so that the next function that needs the lobby creates it. */
  async forgetLobby(): Promise<void> {
    const TableName = this.tableName('ChatTable');
    for (const { pk, sk } of await this.scan('ChatTable'))
      if (pk === 'room#lobby') await this.tables.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
  }

  /** Deletes the records of all connections, as if their tokens had expired. */
  async forgetConnections(): Promise<void> {
    const TableName = this.tableName('ConnectionsTable');
    for (const { connectionId, room } of await this.scan('ConnectionsTable'))
      await this.tables.send(new DeleteCommand({ TableName, Key: { connectionId, room } }));
  }

  /** Makes the rows of all connections old enough to be deleted when a post fails because the connection is gone. */
  async ageRows(): Promise<void> {
    const TableName = this.tableName('ConnectionsTable');
    for (const row of await this.scan('ConnectionsTable')) {
      const Item = { ...row, joinedAt: Number(row.joinedAt) - LONG_AGO_MS };
      await this.tables.send(new PutCommand({ TableName, Item }));
    }
  }

  /** Makes all connections old enough that a handshake over the connection limit checks whether their records exist. */
  async ageConnections(): Promise<void> {
    const TableName = this.tableName('ChatTable');
    for (const item of await this.scan('ChatTable')) {
      const opened = Object.keys(item).filter((name) => name.startsWith('opened#'));
      const aged = Object.fromEntries(opened.map((name) => [name, Number(item[name]) - 2 * LONG_AGO_MS]));
      if (opened.length > 0)
        await this.tables.send(new PutCommand({ TableName, Item: { ...item, ...aged } }));
    }
  }

  /** Resolves when a function or state machine has used an action. */
  async waitForUse(logicalId: string, action: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${this.runtime.port}/_local/permissions`);
      const permissions = (await response.json()) as PermissionUsage[];
      const used = permissions.find((one) => one.logicalId === logicalId)?.used ?? [];
      if (used.some((use) => use.action === action)) return;
      if (Date.now() > deadline)
        throw new Error(`${logicalId} did not use ${action} within ${PATIENCE_MS / 1000} s.`);
      await sleep(50);
    }
  }

  private tableName(logicalId: string): string | undefined {
    return this.runtime.app.tables.find((table) => table.logicalId === logicalId)?.name;
  }
}

async function exercise(stack: Stack, issuer: Issuer): Promise<void> {
  const ada = await stack.open('?room=lobby&username=Ada');
  await createLobby(stack, ada);
  const room = String((await ada.request('createRoom', { name: 'Rights' })).room);
  const { epoch } = await ada.request('joinRoom', { room });
  await sendTwice(ada, room);
  await ada.request('joinRoom', { room, resume: { epoch, lastSeq: 0 } });
  await ada.request('joinRoom', { room: '100000000' }).catch(() => undefined);
  await ada.request('history', { room });
  await ada.request('members', { room });
  ada.send({ action: 'typing', room });
  await stack.waitForUse('IndicatorsFunction', 'dynamodb:Query');
  await ada.request('markRead', { room, seq: 1 }).catch(() => undefined);
  await ada.request('react', { room, seq: 1, emoji: '👍' });
  await ada.request('ping');
  await ada.request('leaveRoom', { room });
  await ada.request('joinRoom', { room });
  await moderate(stack, ada);
  await missMessage(stack, ada);
  await useServerApi(stack);
  await usePlainMode(stack, room);
  await connectTooOften(stack);
  await broadcast(stack);
  await loseConnection(stack, ada, room);
  await failPosts(stack, ada, room);
  await stopReading(stack);
  ada.close();
  await stack.waitForUse('DisconnectFunction', 'dynamodb:UpdateItem');
  await refreshToken(stack, issuer, room);
  await useForgottenConnections(stack);
  await stack.runtime.advanceTime(SWEEP_MS);
  await stack.waitForUse('FanOutSweep', 'states:StartExecution');
}

/** Performs each moderation action. */
async function moderate(stack: Stack, ada: Connection): Promise<void> {
  const room = String((await ada.request('createRoom', { kind: 'invite' })).room);
  const eve = await stack.open('?username=Eve');
  const { userId } = (await eve.request('ping')).you as { userId: string };
  const { invite } = await ada.request('invite', { room });
  await eve.request('joinRoom', { room, invite });
  await ada.request('setRole', { room, userId, role: 'reader' });
  const { inviteId } = await ada.request('invite', { room });
  await ada.request('invites', { room });
  await ada.request('revokeInvite', { room, inviteId });
  await ada.request('setRoom', { room, topic: 'Rights' });
  const { seq } = await ada.request('sendmessage', { room, text: 'hello' });
  await ada.request('editMessage', { room, seq, text: 'hello!' });
  await ada.request('deleteMessage', { room, seq });
  await ada.request('ban', { room, userId, seconds: 1, address: true });
  await ada.request('unban', { room, userId });
  const { room: direct } = await ada.request('createRoom', { kind: 'direct', with: userId });
  await ada.request('sendmessage', { room: direct, text: 'hello' });
  await ada.request('block', { room: direct });
  await ada.request('unblock', { room: direct });
  await ada.request('leaveRoom', { room });
  eve.close();
}

/** Follows a room with a device, and sends a message to a user who is away. */
async function missMessage(stack: Stack, ada: Connection): Promise<void> {
  const { room } = await ada.request('createRoom', { kind: 'direct', with: `g-${randomUUID()}` });
  const keys = { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) };
  await ada.request('follow', { room, on: true, device: { endpoint: 'https://push.example/', keys } });
  await ada.request('sendmessage', { room, text: 'hello' });
  await stack.waitForUse('NotifyAwayFunction', 'events:PutEvents');
}

async function useServerApi(stack: Stack): Promise<void> {
  const { room } = await stack.callApi('POST /v1/rooms', { name: 'Server' }, idempotencyKey());
  const path = `/v1/rooms/${room}`;
  const eve = await stack.open(`?room=${room}&username=Eve`);
  const { userId } = (await eve.request('ping')).you as { userId: string };
  await stack.callApi(`PATCH ${path}`, { topic: 'Rights' });
  const message = idempotencyKey();
  await stack.callApi(`POST ${path}/messages`, { text: 'hello' }, message);
  await stack.callApi(`POST ${path}/messages`, { text: 'hello' }, message);
  await stack.callApi(`GET ${path}/messages`);
  await stack.callApi(`GET ${path}/members`);
  await stack.callApi(`POST ${path}/messages/1/reactions`, { emoji: '👍' });
  await stack.callApi(`DELETE ${path}/messages/1`);
  const { inviteId } = await stack.callApi(`POST ${path}/invites`, {});
  await stack.callApi(`GET ${path}/invites`);
  await stack.callApi(`DELETE ${path}/invites/${inviteId}`);
  await stack.callApi(`POST ${path}/kick`, { userId });
  await eve.request('joinRoom', { room });
  await stack.callApi(`POST ${path}/ban`, { userId });
  await stack.callApi(`POST ${path}/unban`, { userId });
  // An operation that fails releases its key.
  await stack.callApi('POST /v1/rooms/100000000/kick', { userId }, idempotencyKey()).catch(() => undefined);
  const ada = await stack.open();
  const { you } = (await ada.request('ping')) as unknown as { you: { userId: string } };
  await stack.callApi(`DELETE /v1/users/${you.userId}/connections`);
  await stack.callApi(`DELETE /v1/users/${userId}/devices/${'d'.repeat(43)}`);
  await stack.callApi(`GET /v1/users/${userId}/data`);
  await stack.callApi(`DELETE /v1/users/${userId}/data`);
}

/** Makes each function that can create the lobby create it. */
async function createLobby(stack: Stack, connection: Connection): Promise<void> {
  await stack.forgetLobby();
  await connection.request('history', { room: 'lobby' });
  await stack.forgetLobby();
  await connection.request('joinRoom', { room: 'lobby' });
  await stack.forgetLobby();
  await connection.request('sendmessage', { room: 'lobby', text: 'hello' });
}

async function sendTwice(connection: Connection, room: string): Promise<void> {
  const message = { room, text: 'hello', clientMsgId: randomUUID() };
  await connection.request('sendmessage', message);
  await connection.request('sendmessage', message);
}

async function refreshToken(stack: Stack, issuer: Issuer, room: string): Promise<void> {
  const connection = await stack.open(`?room=${room}`, `token.${await issuer.sign()}`);
  await connection.request('refreshToken', { token: await issuer.sign() });
  connection.close();
}

/** Sends a frame to each function from a connection without a record. The function closes the connection. */
async function useForgottenConnections(stack: Stack): Promise<void> {
  for (const action of [...Object.keys(requests), 'unknown']) {
    const connection = await stack.open();
    await stack.forgetConnections();
    const closed = connection.waitForClose();
    connection.send({ action });
    await closed;
  }
}

/** Moves a plain connection between rooms, and then leaves its last room. */
async function usePlainMode(stack: Stack, room: string): Promise<void> {
  const plain = await stack.openPlain();
  const isReply = (type: string) => (frame: { type?: string }) => frame.type === type;
  plain.send('help');
  await plain.waitForText('the help text', (text) => text.startsWith('Use the sendmessage route'));
  plain.send({ action: 'createRoom' });
  await plain.waitForFrame('created', isReply('created'));
  plain.send({ action: 'joinRoom', room });
  await plain.waitForFrame('joined', isReply('joined'));
  await stack.forgetLobby();
  plain.send({ action: 'leaveRoom' });
  await plain.waitForFrame('left', isReply('left'));
  plain.close();
}

/** Opens more connections than one user may have. */
async function connectTooOften(stack: Stack): Promise<void> {
  const guest = randomUUID();
  const open = () => stack.open('', `guest.${guest}`);
  const only = await open();
  await stack.ageConnections();
  await open().then(
    () => {
      throw new Error('The second connection of the user was not rejected.');
    },
    () => undefined,
  );
  only.close();
}

async function broadcast({ runtime }: Stack): Promise<void> {
  const secret = runtime.app.secrets.find(({ logicalId }) => logicalId === 'BroadcastKey');
  const key = secret && runtime.secretValue(secret.name);
  const response = await fetch(`http://127.0.0.1:${runtime.port}/broadcastmessage`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
    body: '{"message":"hello, everyone!"}',
  });
  if (response.status !== 202) throw new Error(`The broadcast returned ${response.status}.`);
}

/**
 * Drops a connection without a `$disconnect` event. When the next message is posted, the workflow deletes the stale connection.
 */
async function loseConnection(stack: Stack, sender: Connection, room: string): Promise<void> {
  const lost = await stack.open(`?room=${room}`);
  const records = await stack.scan('ConnectionsTable');
  const newest = records
    .filter((row) => row.room === room)
    .sort((a, b) => Number(b.joinedAt) - Number(a.joinedAt));
  await stack.ageRows();
  await fetch(
    `http://127.0.0.1:${stack.runtime.port}/_local/connections/${encodeURIComponent(String(newest[0]?.connectionId))}/drop`,
    { method: 'POST' },
  );
  await sender.request('sendmessage', { room, text: 'is anybody there?' });
  await stack.waitForUse('FanOut', 'dynamodb:DeleteItem');
  await stack.waitForUse('FanOut', 'events:PutEvents');
  lost.close();
}

/** Rejects every post of a batch, so that the workflow sends the event to the dead-letter queue. */
async function failPosts(stack: Stack, sender: Connection, room: string): Promise<void> {
  stack.runtime.faults.add({
    ...{ service: 'execute-api', action: 'PostToConnection', kind: 'fail' as const },
    ...{ error: 'ForbiddenException', status: 403 },
  });
  sender.send({ action: 'sendmessage', room, text: 'nobody receives this' });
  await stack.waitForUse('FanOut', 'sqs:SendMessage');
  stack.runtime.faults.clear();
}

/**
 * Throttles the posts to a connection until the post function closes it, as if the client did not read. Sends the messages with
 * the server API, because the functions of the WebSocket API would close the connection of a client that does not read its
 * replies.
 */
async function stopReading(stack: Stack): Promise<void> {
  const eve = await stack.open();
  const { room } = await eve.request('createRoom');
  stack.runtime.faults.add({ service: 'execute-api', action: 'PostToConnection', kind: 'throttle' });
  const closed = eve.waitForClose();
  let isOpen = true;
  const send = async () => {
    while (isOpen) {
      await stack.callApi(`POST /v1/rooms/${room}/messages`, { text: 'hello' }, idempotencyKey());
      await sleep(1000);
    }
  };
  const finish = () => {
    isOpen = false;
    stack.runtime.faults.clear();
  };
  await Promise.all([closed.finally(finish), send()]);
}

function idempotencyKey() {
  return { 'Idempotency-Key': randomUUID() };
}
