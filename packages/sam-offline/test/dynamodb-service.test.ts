import type { DynamoDbService } from '../src/dynamodb';
import { client, failure, key, open, TABLE, tableModel } from './support/dynamodb';

let service: DynamoDbService;
let db: ReturnType<typeof client>;

beforeEach(async () => {
  service = await open();
  db = client(service);
});

afterEach(() => service.close());

describe('tables of a template', () => {
  it('rejects a table with an unsupported property and names the property', async () => {
    const streams = tableModel({}, { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } });
    await expect(open(undefined, [streams])).rejects.toThrow(
      /RoomsTable: .* StreamSpecification is not supported/,
    );
  });

  it('rejects an invalid table definition and names the table', async () => {
    const wrong = tableModel({}, { KeySchema: [{ AttributeName: 'nope', KeyType: 'HASH' }] });
    await expect(open(undefined, [wrong])).rejects.toThrow(
      /RoomsTable: .* not defined in AttributeDefinitions/,
    );
  });
});

describe('DynamoDB service', () => {
  it.each(['CreateTable', 'DeleteTable', 'ExecuteStatement'])(
    'rejects %s and lists the supported actions',
    async (action) => {
      const error = await failure(db.call(action, { TableName: TABLE }));
      expect(error.code).toBe('UnknownOperationException');
      expect(error.message).toMatch(new RegExp(`action ${action} is not supported.* PutItem, Query`));
    },
  );

  it('rejects ReturnItemCollectionMetrics', async () => {
    const put = db.put(key('a', '1'), { ReturnItemCollectionMetrics: 'SIZE' });
    await expect(put).rejects.toThrow('ReturnItemCollectionMetrics SIZE is not supported');
  });

  it('describes invalid input and accepts later calls', async () => {
    expect(await failure(db.put('x' as never))).toMatchObject({ code: 'SerializationException' });
    const syntax = await failure(db.put(key('a', '1'), { ConditionExpression: 'pk = = 1' }));
    expect(syntax).toMatchObject({ code: 'ValidationException' });
    expect(syntax.message).toMatch(/^Invalid ConditionExpression: Syntax error/);
    await db.put(key('a', '1'));
    expect(await db.get('a', '1')).toEqual(key('a', '1'));
  });

  it('completes calls in progress on close and rejects later calls', async () => {
    const put = db.put(key('a', '1'));
    await service.close();
    expect(await put).toEqual({});
    expect(await failure(db.put(key('a', '2')))).toMatchObject({ code: 'InternalServerError', status: 500 });
    await service.close();
  });
});
