import { type FileHandle, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal, writeJournal } from '../src/dynamodb/storage/journal';
import { decodeJournal } from '../src/dynamodb/storage/journal-format';
import { applyBatches } from '../src/dynamodb/storage/journal-reader';
import type { StoreOperation } from '../src/dynamodb/types';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
  path = join(folder, 'tables.jsonl');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (key: string, value: unknown): StoreOperation => ({ type: 'put', key, value });

/** Creates a journal, and a map of the values that the journal applies. */
async function create({ wrap = (file: FileHandle) => file, minCompactionBytes = 1_000_000 } = {}) {
  const { file, end } = await writeJournal(path, []);
  const values = new Map<string, unknown>();
  const apply = async (operations: readonly StoreOperation[]) => {
    for (const operation of operations) {
      if (operation.type === 'put') values.set(operation.key, operation.value);
      else values.delete(operation.key);
    }
  };
  const journal = new Journal(path, wrap(file), end, apply, () => values, minCompactionBytes);
  return { journal, values };
}

const read = async () => decodeJournal(await readFile(path));

/** Returns a file that accepts `free` bytes and then fails like a full disk, even in the middle of a write. */
function limitSpace(file: FileHandle, space: { free: number }): FileHandle {
  return new Proxy(file, {
    get(target, name: keyof FileHandle) {
      if (name !== 'write')
        return typeof target[name] === 'function' ? target[name].bind(target) : target[name];
      return async (bytes: Buffer, offset: number, length: number, position: number) => {
        if (space.free === 0)
          throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        const written = await target.write(bytes, offset, Math.min(length, space.free), position);
        space.free -= written.bytesWritten;
        return written;
      };
    },
  });
}

it('continues after a full disk without the failed changes', async () => {
  const space = { free: 100 };
  const { journal, values } = await create({ wrap: (file) => limitSpace(file, space) });
  await journal.append([put('a', 1)]);
  await expect(journal.append([put('b', 'x'.repeat(100))])).rejects.toThrow('ENOSPC');
  await expect(journal.append([put('c', 1)])).rejects.toThrow('ENOSPC');
  space.free = 1_000;
  await journal.append([put('d', 1)]);
  await journal.close();
  const content = await read();
  expect(content.damages).toEqual([]);
  expect([...applyBatches(content).keys()]).toEqual(['a', 'd']);
  expect([...values.keys()]).toEqual(['a', 'd']);
});

it('applies concurrent appends in the order of the file', async () => {
  const { journal, values } = await create();
  await Promise.all(Array.from({ length: 50 }, (_, n) => journal.append([put('last', n), put(`n${n}`, n)])));
  await journal.close();
  const stored = applyBatches(await read());
  expect(stored).toEqual(values);
  expect(stored.get('last')).toBe(49);
});

it('removes outdated changes when the file has grown', async () => {
  const { journal, values } = await create({ minCompactionBytes: 2_000 });
  for (let n = 0; n < 300; n += 1) await journal.append([put('counter', n), put(`key${n % 3}`, n)]);
  await journal.append([{ type: 'del', key: 'key0' }]);
  await journal.close();
  const content = await read();
  expect(content.damages).toEqual([]);
  expect(content.length).toBeLessThan(2_500);
  expect(applyBatches(content)).toEqual(values);
});

it('keeps the journal if the replacement fails', async () => {
  const { journal, values } = await create({ minCompactionBytes: 500 });
  await journal.append([put('a', 1)]);
  await mkdir(`${path}.new`); // the new file cannot be created
  for (let n = 0; n < 50; n += 1) await journal.append([put('counter', n)]);
  await journal.close();
  expect(applyBatches(await read())).toEqual(values);
});
