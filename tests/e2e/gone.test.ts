import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Client, eventually } from '../support/client';
import { describeLocally, type Stack, startStack } from '../support/stack';

describeLocally('a connection that is gone', 'switch to lose a socket without $disconnect', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  const rowsOf = async (connectionId: string) =>
    (await stack.scan('ConnectionsTable')).filter((row) => row.connectionId === connectionId);

  /** Makes a row old enough to be found gone: ten seconds of real waiting, without the waiting. */
  const age = (connectionId: string, room: string) =>
    stack.tables.send(
      new UpdateCommand({
        TableName: stack.tableNames.ConnectionsTable,
        Key: { connectionId, room },
        UpdateExpression: 'SET joinedAt = joinedAt - :ms',
        ExpressionAttributeValues: { ':ms': 60_000 },
      }),
    );

  it('is found by the next message: its rows go, its session ends, the others hear, the sender sees no error', async () => {
    const [ada, bob, lost] = await Promise.all([1, 2, 3].map(() => Client.open(stack.wsUrl)));
    const connectionId = (await lost?.connectionId()) as string;
    await age(connectionId, 'lobby');
    await stack.drop(connectionId);
    expect(await rowsOf(connectionId)).toHaveLength(2);

    ada?.send({ action: 'sendmessage', message: 'anyone?' });
    expect(await bob?.next()).toBe('anyone?');
    expect(await ada?.next()).toBe('anyone?');

    await eventually(async () => (await rowsOf(connectionId)).length === 0);
    const session = await eventually(async () =>
      (await stack.scan('ChatTable')).find(
        (item) => item.connectionId === connectionId && item.disconnectTime,
      ),
    );
    expect(session.disconnectTime).toEqual(expect.any(Number));
    expect(ada?.frames).toEqual(['anyone?']);
    const statuses = (await stack.executions()).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(['SUCCEEDED']));
    await Promise.all([ada?.close(), bob?.close()]);
  });

  it('is not a young one: a row whose socket is not open yet stays', async () => {
    const now = Date.now();
    const row = {
      connectionId: 'AAAAAAAAAAAAAAA=',
      room: 'lobby',
      roomShard: 'lobby#0',
      memberKey: 'g-young#AAAAAAAAAAAAAAA=',
      userId: 'g-young',
      username: 'Young',
      protocol: 'plain',
      joinedAt: now - 1000,
      expiresAt: Math.floor(now / 1000) + 3600,
    };
    await stack.tables.send(new PutCommand({ TableName: stack.tableNames.ConnectionsTable, Item: row }));
    const before = (await stack.executions()).length;
    const ada = await Client.open(stack.wsUrl);
    ada.send({ action: 'sendmessage', message: 'hello' });
    await ada.next();
    await eventually(async () => (await stack.executions()).length > before);
    expect(await rowsOf(row.connectionId)).toEqual([row]);

    await age(row.connectionId, 'lobby');
    ada.send({ action: 'sendmessage', message: 'hello again' });
    await eventually(async () => (await rowsOf(row.connectionId)).length === 0);
    await ada.close();
  });

  it('is not met again once its row has expired, although TTL has not deleted it yet', async () => {
    const row = {
      connectionId: 'BBBBBBBBBBBBBBB=',
      room: 'lobby',
      roomShard: 'lobby#0',
      memberKey: 'g-old#BBBBBBBBBBBBBBB=',
      protocol: 'plain',
      joinedAt: Date.now() - 60_000,
      expiresAt: Math.floor(Date.now() / 1000) - 1,
    };
    await stack.tables.send(new PutCommand({ TableName: stack.tableNames.ConnectionsTable, Item: row }));
    const before = (await stack.executions()).length;
    const ada = await Client.open(stack.wsUrl);
    ada.send({ action: 'sendmessage', message: 'hello' });
    await ada.next();
    await eventually(async () => (await stack.executions()).length > before);
    expect(await rowsOf(row.connectionId)).toEqual([row]);
    await ada.close();
  });
});
