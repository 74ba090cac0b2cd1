import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JsonObject } from '../src/core/service';
import type { DynamoDbService } from '../src/dynamodb';
import { recoverDirectory } from '../src/dynamodb/storage/journal-reader';
import { client, key, N, open, S, TABLE, tableModel } from './support/dynamodb';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dynamodb-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const data = () => join(directory, 'data');

/** Returns the n-th transaction of a series. It sets two items and their index entries to n. */
function transaction(n: number): JsonObject[] {
  return ['x', 'y'].map((sk) => ({
    Put: {
      TableName: TABLE,
      Item: {
        ...key('pair', sk),
        n: N(n),
        audience: S('pair'),
        member: S(`${n}#${sk}`),
        nick: S('x'.repeat(50)),
      },
    },
  }));
}

/** Returns the number of the last applied transaction. Fails if the index does not match the items. */
async function lastApplied(service: DynamoDbService): Promise<number> {
  const { get, call } = client(service);
  const [x, y] = [await get('pair', 'x'), await get('pair', 'y')];
  const { Items } = await call('Query', {
    TableName: TABLE,
    IndexName: 'Audience',
    KeyConditionExpression: 'audience = :audience',
    ExpressionAttributeValues: { ':audience': S('pair') },
  });
  const members = (Items as { member: unknown }[]).map(({ member }) => member);
  expect(members).toEqual([x, y].filter((item) => item !== undefined).map((item) => item.member));
  expect(x?.n).toEqual(y?.n);
  return x ? Number((x.n as { N: string }).N) : 0;
}

it('keeps items and request tokens across a restart', async () => {
  const token = { ClientRequestToken: 'once' };
  const add = [
    {
      Update: {
        TableName: TABLE,
        Key: key('a', '1'),
        UpdateExpression: 'ADD n :one',
        ExpressionAttributeValues: { ':one': N(1) },
      },
    },
  ];
  const first = await open(data());
  await client(first).transact(add, token);
  await client(first).put({ ...key('a', '2'), text: S('kept') });
  const described = await first.call('DescribeTable', { TableName: TABLE }, {});
  await first.close();

  const second = await open(data());
  const { get, transact } = client(second);
  await transact(add, token);
  expect(await get('a', '1')).toEqual({ ...key('a', '1'), n: N(1) });
  expect(await get('a', '2')).toEqual({ ...key('a', '2'), text: S('kept') });
  expect(await second.call('DescribeTable', { TableName: TABLE }, {})).toEqual(described);
  await second.close();
});

it('recovers complete transactions after a crash at any byte of a write', async () => {
  const service = await open(data());
  const { transact } = client(service);
  for (let n = 1; n <= 4; n += 1) await transact(transaction(n));
  await service.close();

  // Truncating the journal at any byte simulates a crash during an append.
  const name = 'tables.jsonl';
  const log = await readFile(join(data(), name));
  const begin = log.indexOf('\n', log.indexOf('"LocalSecondaryIndexes"')) + 1;
  expect(begin).toBeGreaterThan(0);
  const warned = jest.spyOn(console, 'error').mockReturnValue();
  const seen = new Set<number>();
  for (
    let length = begin;
    length <= log.length;
    length = length === log.length ? length + 1 : Math.min(length + 41, log.length)
  ) {
    const copy = join(directory, `cut-${length}`);
    await cp(data(), copy, { recursive: true });
    await writeFile(join(copy, name), log.subarray(0, length));
    const reopened = await open(copy);
    seen.add(await lastApplied(reopened));
    await client(reopened).transact(transaction(9));
    expect(await lastApplied(reopened)).toBe(9);
    await reopened.close();
  }
  expect([...seen]).toEqual([0, 1, 2, 3, 4]);
  expect(warned).toHaveBeenCalledWith(expect.stringContaining('ignored an incomplete write'));
  warned.mockRestore();
});

it('keeps every acknowledged transaction when the process is killed', async () => {
  const script = `
    const { open, client } = require(${JSON.stringify(resolve(__dirname, 'support/dynamodb.ts'))});
    const transaction = ${transaction.toString().replaceAll('_dynamodb.', 'fixture.')};
    const fixture = require(${JSON.stringify(resolve(__dirname, 'support/dynamodb.ts'))});
    open(${JSON.stringify(data())}).then(async (service) => {
      for (let n = 1; ; n += 1) {
        await client(service).transact(transaction(n));
        process.stdout.write(n + '\\n');
      }
    });`;
  const child = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = 0;
  for await (const chunk of child.stdout) {
    acknowledged = Number(String(chunk).trim().split('\n').at(-1));
    if (acknowledged >= 20) break;
  }
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');

  const service = await open(data());
  expect(await lastApplied(service)).toBeGreaterThanOrEqual(acknowledged);
  await service.close();
  expect(acknowledged).toBeGreaterThanOrEqual(20);
});

it('rejects a data directory that is already open', async () => {
  const service = await open(data());
  await expect(open(data())).rejects.toThrow(/data directory .* is in use by another process/);
  await service.close();
});

describe('a damaged data directory', () => {
  const journal = () => join(data(), 'tables.jsonl');

  /** Stores four transactions and changes the bytes of the journal. */
  async function damage(change: (bytes: Buffer) => Buffer): Promise<void> {
    const service = await open(data());
    for (let n = 1; n <= 4; n += 1) await client(service).transact(transaction(n));
    await service.close();
    await writeFile(journal(), change(await readFile(journal())));
  }

  const flip = (bytes: Buffer, at: number) => {
    bytes[at] = (bytes[at] as number) ^ 1;
    return bytes;
  };

  it.each([
    [
      'a flipped byte',
      (bytes: Buffer) => flip(bytes, bytes.indexOf('"N":"2"') + 5),
      'line 4: wrong checksum',
      4,
      1,
    ],
    [
      'a flipped byte in the last change',
      (bytes: Buffer) => flip(bytes, bytes.length - 5),
      'line 6: wrong checksum',
      4,
      1,
    ],
    [
      'a flipped line break',
      (bytes: Buffer) => flip(bytes, bytes.indexOf('\n', 200)),
      'wrong checksum',
      3,
      2,
    ],
    ['a missing line', (bytes: Buffer) => cutLine(bytes, 3), 'line 4: change 4 follows change 2', 4, 1],
    [
      'a truncated start',
      (bytes: Buffer) => bytes.subarray(0, 10),
      'line 1: not the start of a journal',
      0,
      0,
    ],
    ['no content', () => Buffer.alloc(0), 'line 1: not the start of a journal', 0, 0],
  ])('is rejected if it has %s', async (_, change, problem, read, lost) => {
    await damage(change);
    const opening = open(data());
    await expect(opening).rejects.toThrow(problem);
    await expect(opening).rejects.toThrow(`can be read: ${read}. Changes that are lost: at least ${lost}.`);
    await expect(opening).rejects.toThrow(`sam-offline recover ${data()}`);
  });

  it('is copied without the changes that cannot be read', async () => {
    await damage((bytes) => flip(bytes, bytes.indexOf('"N":"4"') + 5));
    const copy = join(directory, 'copy');
    expect(await recoverDirectory(data(), copy)).toMatchObject({ lost: 1 });
    const service = await open(copy);
    expect(await lastApplied(service)).toBe(3);
    await service.close();
    await expect(recoverDirectory(data(), copy)).rejects.toThrow('is not a data directory');
    await expect(open(data())).rejects.toThrow('is damaged');
  });

  it('is rejected if the tables are missing', async () => {
    await damage((bytes) => bytes);
    await writeFile(join(data(), 'secrets.json'), '{}');
    await rm(journal());
    await expect(open(data())).rejects.toThrow('tables.jsonl is missing');
  });
});

/** Returns the bytes without the line at the index. */
function cutLine(bytes: Buffer, index: number): Buffer {
  return Buffer.from(String(bytes).split('\n').toSpliced(index, 1).join('\n'));
}

it.each([
  [['package.json', 'index.js'], /is not a data directory: it contains index.js and 1 other/],
  [['CURRENT', 'LOCK', 'MANIFEST-000004', 'secrets.json'], /contains a LevelDB database/],
])('rejects a directory with the files %j', async (names, problem) => {
  await mkdir(data());
  for (const name of names) await writeFile(join(data(), name), '');
  await expect(open(data())).rejects.toThrow(problem);
});

const itWithProc = process.platform === 'linux' ? it : it.skip; // other systems have no /proc file system

itWithProc('rejects a directory that the file system cannot create', async () => {
  await expect(open('/proc/data')).rejects.toThrow('Cannot open the data directory /proc/data: ENOENT');
});

it('reports a data directory that cannot be opened', async () => {
  await writeFile(data(), 'a file');
  await expect(open(data())).rejects.toThrow(data());
});

it('rejects a table that differs from the table on disk', async () => {
  await (await open(data())).close();
  const reordered = tableModel(
    {},
    { AttributeDefinitions: [...(tableModel().createTable.AttributeDefinitions as [])].reverse() },
  );
  await (await open(data(), [reordered])).close();

  const [index] = tableModel().createTable.GlobalSecondaryIndexes as JsonObject[];
  const changed = tableModel(
    {},
    { GlobalSecondaryIndexes: [{ ...index, Projection: { ProjectionType: 'ALL' } }] },
  );
  await expect(open(data(), [changed])).rejects.toThrow(
    /Table Rooms: GlobalSecondaryIndexes in the data directory differs from the template/,
  );
  // The failed start releases the directory.
  await (await open(data())).close();
});

it('creates a new table of the template next to the existing tables', async () => {
  const before = await open(data());
  await client(before).put(key('a', '1'));
  await before.close();
  const after = await open(data(), [tableModel(), tableModel({ name: 'Second' })]);
  expect(await client(after).get('a', '1')).toEqual(key('a', '1'));
  expect(await after.call('ListTables', {}, {})).toEqual({ TableNames: ['Rooms', 'Second'] });
  await after.close();
});
