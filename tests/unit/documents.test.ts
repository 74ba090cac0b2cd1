import {
  BatchGetCommand,
  createDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '../../functions/aws/dynamodb/documents';

/** Creates a document client whose calls have these outputs in turn. */
function setUp(...outputs: object[]) {
  const requests: { name: string; input: object }[] = [];
  const send = async (command: { input: object }) => {
    requests.push({ name: command.constructor.name, input: command.input });
    return outputs.shift() ?? {};
  };
  return { client: createDocumentClient({ send } as never), requests };
}

describe('document client', () => {
  it('converts documents and leaves other fields as they are', async () => {
    const { client, requests } = setUp({
      Attributes: { n: { N: '7' }, tags: { SS: ['a'] } },
      $metadata: { attempts: 1 },
    });
    const update = new UpdateCommand({
      TableName: 'chat',
      Key: { pk: 'a' },
      UpdateExpression: 'SET #n = :n',
      ExpressionAttributeNames: { '#n': 'n' },
      ExpressionAttributeValues: { ':n': 7, ':list': [1, { deep: true }] },
    });
    expect(await client.send(update)).toEqual({
      Attributes: { n: 7, tags: new Set(['a']) },
      $metadata: { attempts: 1 },
    });
    expect(requests[0]?.input).toEqual({
      TableName: 'chat',
      Key: { pk: { S: 'a' } },
      UpdateExpression: 'SET #n = :n',
      ExpressionAttributeNames: { '#n': 'n' },
      ExpressionAttributeValues: {
        ':n': { N: '7' },
        ':list': { L: [{ N: '1' }, { M: { deep: { BOOL: true } } }] },
      },
    });
  });

  it('omits undefined attributes', async () => {
    const { client, requests } = setUp();
    await client.send(new PutCommand({ TableName: 'chat', Item: { pk: 'a', name: undefined } }));
    expect(requests[0]?.input).toEqual({ TableName: 'chat', Item: { pk: { S: 'a' } } });
  });

  it('returns no item if there is none', async () => {
    const { client } = setUp({ $metadata: {} });
    expect((await client.send(new GetCommand({ TableName: 'chat', Key: { pk: 'a' } }))).Item).toBeUndefined();
  });

  it('converts the items and the unprocessed keys of a batch', async () => {
    const { client, requests } = setUp({
      Responses: { chat: [{ pk: { S: 'a' } }] },
      UnprocessedKeys: { chat: { Keys: [{ pk: { S: 'b' } }], ConsistentRead: true } },
    });
    const keys = { Keys: [{ pk: 'a' }, { pk: 'b' }], ConsistentRead: true };
    expect(await client.send(new BatchGetCommand({ RequestItems: { chat: keys } }))).toEqual({
      Responses: { chat: [{ pk: 'a' }] },
      UnprocessedKeys: { chat: { Keys: [{ pk: 'b' }], ConsistentRead: true } },
    });
    expect(requests[0]?.input).toEqual({
      RequestItems: { chat: { Keys: [{ pk: { S: 'a' } }, { pk: { S: 'b' } }], ConsistentRead: true } },
    });
  });

  it('converts each action of a transaction', async () => {
    const { client, requests } = setUp();
    const check = { TableName: 'chat', Key: { pk: 'a' }, ConditionExpression: 'attribute_exists(pk)' };
    const put = { TableName: 'chat', Item: { pk: 'b', n: 1 } };
    await client.send(new TransactWriteCommand({ TransactItems: [{ ConditionCheck: check }, { Put: put }] }));
    expect(requests[0]?.input).toEqual({
      TransactItems: [
        { ConditionCheck: { ...check, Key: { pk: { S: 'a' } } } },
        { Put: { TableName: 'chat', Item: { pk: { S: 'b' }, n: { N: '1' } } } },
      ],
    });
  });

  it('accepts batches and transactions without documents', async () => {
    const { client, requests } = setUp();
    expect(await client.send(new BatchGetCommand({ RequestItems: undefined }))).toEqual({});
    await client.send(new TransactWriteCommand({ TransactItems: undefined }));
    expect(requests.map(({ input }) => input)).toEqual([{}, {}]);
  });

  it('reads all pages of a query', async () => {
    const { client, requests } = setUp(
      { Items: [{ pk: { S: 'a' } }], LastEvaluatedKey: { pk: { S: 'a' } } },
      { Items: [{ pk: { S: 'b' } }] },
    );
    const items: unknown[] = [];
    for await (const { Items = [] } of paginateQuery({ client }, { TableName: 'chat' })) items.push(...Items);
    expect(items).toEqual([{ pk: 'a' }, { pk: 'b' }]);
    expect(requests.map(({ input }) => input)).toEqual([
      { TableName: 'chat' },
      { TableName: 'chat', ExclusiveStartKey: { pk: { S: 'a' } } },
    ]);
  });

  it('sends the command of the SDK', async () => {
    const { client, requests } = setUp();
    await client.send(new QueryCommand({ TableName: 'chat' }));
    await client.send(new PutCommand({ TableName: 'chat', Item: {} }));
    expect(requests.map(({ name }) => name)).toEqual(['QueryCommand', 'PutItemCommand']);
  });
});
