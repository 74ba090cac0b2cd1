import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareCodeCache } from '../src/bundler/cache/code-cache-folder';
import { createOpener, fn } from './support/lambda';

const LARGE = 256 * 1024;
const open = createOpener();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'code-cache-'));
  process.env.SAM_OFFLINE_CACHE = folder;
});
afterEach(async () => {
  delete process.env.SAM_OFFLINE_CACHE;
  await rm(folder, { recursive: true });
});

describe('the code cache of a function', () => {
  const greeting = (text: string) => ({
    banner: { js: `/*${'x'.repeat(LARGE)}*/` },
    define: { 'process.env.GREETING': JSON.stringify(text) },
  });
  /** Invokes the function twice, because the first environment writes the cache before its second invocation. */
  const greet = async (text: string, handler = 'basics.greet') => {
    const { invoke } = await open([fn('f', handler)], { bundleSettings: greeting(text) });
    const { payload } = await invoke('f');
    await invoke('f');
    return payload;
  };
  const caches = async () => {
    const files = await readdir(join(folder, 'code'), { recursive: true });
    return files.filter((file) => file.endsWith('.cache')).map((file) => join(folder, 'code', file));
  };

  it('replaces compilation', async () => {
    expect(await greet('hello')).toBe('hello');
    const [first = ''] = await caches();
    expect(await greet('later')).toBe('later');
    const second = (await caches()).find((file) => file !== first) as string;
    // V8 compares only the length of the source, so it does not detect the replacement.
    await writeFile(second, await readFile(first));
    expect(await greet('later')).toBe('hello');
  });

  it('is replaced if V8 rejects it', async () => {
    await greet('hello');
    const [file = ''] = await caches();
    await writeFile(file, 'not from V8');
    expect(await greet('hello')).toBe('hello');
    expect(await readFile(file, 'latin1')).not.toBe('not from V8');
    expect(await caches()).toEqual([file]);
  });

  it('keeps stack traces of the TypeScript source', async () => {
    for (const _ of ['without the cache', 'with it']) {
      const { invoke } = await open([fn('f', 'failures.throws')], { bundleSettings: greeting('hello') });
      const { payload } = await invoke('f');
      expect((payload as { trace: string[] }).trace[1]).toContain('failures.ts:6:');
      await invoke('f');
    }
  });

  it('is not used if its folder cannot be created', async () => {
    await writeFile(join(folder, 'file'), '');
    process.env.SAM_OFFLINE_CACHE = join(folder, 'file');
    expect(await greet('hello')).toBe('hello');
  });
});

describe('the folder of the code cache', () => {
  const prepare = async (content: string) => {
    const bundle = join(folder, 'bundle.js');
    await writeFile(bundle, content);
    return prepareCodeCache(bundle, join(folder, 'code'));
  };
  const large = (start: string) => start.padEnd(LARGE);

  it('depends on the content of the bundle', async () => {
    const first = await prepare(large('1'));
    expect(first).toEqual(expect.stringContaining(join(folder, 'code')));
    expect(await prepare(large('2'))).not.toBe(first);
    expect(await prepare(large('1'))).toBe(first);
  });

  it('does not exist for a small bundle', async () => {
    expect(await prepare('x'.repeat(LARGE - 1))).toBeUndefined();
    expect(await prepare('x'.repeat(LARGE))).toBeDefined();
  });

  it.each([
    ['import("node:http")', true],
    ["import('node:http')", true],
    ['import("package")', false],
    ['import(name)', false],
  ])('exists for a bundle with %s: %s', async (text, exists) => {
    expect((await prepare(large(text))) !== undefined).toBe(exists);
  });

  // V8 does not verify the code in the cache. Anyone who can write to the cache can run code as the user.
  const itUnlessWindows = process.platform === 'win32' ? it.skip : it;
  itUnlessWindows('is writable by its owner only', async () => {
    const prepared = (await prepare(large('1'))) as string;
    expect((await stat(prepared)).mode & 0o777).toBe(0o700);
    await chmod(prepared, 0o702);
    expect(await prepare(large('1'))).toBeUndefined();
    await chmod(prepared, 0o755);
    expect(await prepare(large('1'))).toBe(prepared);
    await chmod(join(folder, 'code'), 0o720);
    expect(await prepare(large('1'))).toBeUndefined();
  });

  itUnlessWindows('is not a link to a folder of another user', async () => {
    const prepared = (await prepare(large('1'))) as string;
    await rename(prepared, join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), prepared);
    expect(await prepare(large('1'))).toBeUndefined();
  });

  it('exists for the eight most recently used bundles', async () => {
    const used = (await prepare(large('used'))) as string;
    await utimes(used, 1, 1);
    for (let day = 2; day <= 9; day += 1) {
      const other = join(folder, 'code', `other${day}`);
      await mkdir(other);
      await utimes(other, day, day);
    }
    expect(await prepare(large('used'))).toBe(used);
    const names = (await readdir(join(folder, 'code'))).sort();
    expect(names.filter((name) => name.startsWith('other'))).toEqual(
      [3, 4, 5, 6, 7, 8, 9].map((day) => `other${day}`),
    );
    expect(names).toHaveLength(8);
  });
});
