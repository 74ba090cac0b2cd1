import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { reuseBuild } from '../src/bundler/cache/bundle-cache';

const LARGE = 256 * 1024;
const MINUTE_MS = 60_000;
let root: string;
let cache: string;
let source: string;
let builds: number;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-cache-'));
  cache = join(root, 'cache');
  source = join(root, 'app', 'src', 'handler.ts');
  builds = 0;
  await mkdir(dirname(source), { recursive: true });
  await write(source, 'source');
});
afterEach(() => rm(root, { recursive: true }));

/** Writes a file, and sets the modification times of the file and its folder to some minutes ago. */
async function write(file: string, content: string, minutes = 10): Promise<void> {
  await writeFile(file, content);
  await age(file, minutes);
  await age(dirname(file), minutes);
}

async function age(path: string, minutes = 10): Promise<void> {
  const at = new Date(Date.now() - minutes * MINUTE_MS);
  await utimes(path, at, at);
}

/** Builds the bundle like a new runtime. Returns false if the bundle was copied from the cache. */
async function build({ size = LARGE, options = {} } = {}): Promise<boolean> {
  const before = builds;
  const output = await mkdtemp(join(root, 'out-'));
  const outfile = join(output, 'bundle.js');
  const inputs = await reuseBuild(
    { outfile, ...options },
    async () => {
      builds += 1;
      await writeFile(outfile, 'x'.repeat(size));
      await writeFile(`${outfile}.map`, 'map');
      return [source];
    },
    cache,
  );
  expect(inputs).toEqual([source]);
  expect((await readFile(outfile, 'utf8')).length).toBe(size);
  expect(await readFile(`${outfile}.map`, 'utf8')).toBe('map');
  return builds > before;
}

describe('the bundle cache', () => {
  it('replaces a build of the same files with the same options', async () => {
    expect(await build()).toBe(true);
    expect(await build()).toBe(false);
    expect(await build({ options: { minify: true } })).toBe(true);
    expect(await build({ options: { minify: true } })).toBe(false);
  });

  it('is not used after a file has changed', async () => {
    await build();
    await write(source, 'source', 5);
    expect(await build()).toBe(true);
    const { mtime } = await stat(source);
    await writeFile(source, 'longer source');
    await utimes(source, mtime, mtime);
    expect(await build()).toBe(true);
    expect(await build()).toBe(false);
  });

  it('is not used after a file has been added next to a file of the bundle', async () => {
    await build();
    await write(join(dirname(source), 'other.ts'), '', 5);
    expect(await build()).toBe(true);
  });

  it.each(['package.json', 'tsconfig.json', 'node_modules'])('is not used after %s appears', async (name) => {
    await build();
    const path = join(root, 'app', name);
    await (name === 'node_modules' ? mkdir(path) : writeFile(path, '{}'));
    await age(path);
    expect(await build()).toBe(true);
    expect(await build()).toBe(false);
  });

  it('is not used after npm has installed packages', async () => {
    const file = join(root, 'app', 'node_modules', '.package-lock.json');
    await mkdir(dirname(file));
    await write(file, '{}');
    await build();
    await write(file, '{"packages":{}}');
    expect(await build()).toBe(true);
  });

  it.each([
    ['a small bundle', () => build({ size: LARGE - 1 })],
    ['a build with plugins', () => build({ options: { plugins: [] } })],
  ])('does not contain %s', async (_, start) => {
    await start();
    expect(await start()).toBe(true);
  });

  it('does not contain a bundle of files that changed just before the build', async () => {
    await write(source, 'source', 0);
    await build();
    await age(source);
    await age(dirname(source));
    expect(await build()).toBe(true);
  });

  it.each([
    ['a path', '"./base.json"', 'app/base.json'],
    ['a path without extension', '"../base"', 'base.json'],
    ['a file of a package', '"@a/b/strict.json"', 'node_modules/@a/b/strict.json'],
    ['a package', '"@a/b"', 'app/node_modules/@a/b/tsconfig.json'],
    ['several files', '[ "./a.json", "@a/b" ]', 'node_modules/@a/b/tsconfig.json'],
  ])('depends on the files that a tsconfig.json extends (%s)', async (_, name, base) => {
    const file = join(root, base);
    await mkdir(dirname(file), { recursive: true });
    for (let folder = dirname(file); folder !== root; folder = dirname(folder)) await age(folder);
    await write(join(root, 'app', 'a.json'), '{}');
    await write(file, '{ "extends": "./last.json" }');
    const last = join(dirname(file), 'last.json');
    await write(last, '{ "extends": "./last.json" }');
    await write(join(root, 'app', 'tsconfig.json'), `{ // strict\n "extends" : ${name} }`);
    await build();
    expect(await build()).toBe(false);
    await write(file, '{"extends":"./last.json","compilerOptions":{}}');
    expect(await build()).toBe(true);
    expect(await build()).toBe(false);
    await write(last, '{"compilerOptions":{}}');
    expect(await build()).toBe(true);
  });

  it.each(['"./lost.json"', '"@a/lost"', 'broken', '["./base.json", "@a/lost"]'])(
    'does not contain a bundle whose tsconfig.json extends %s',
    async (name) => {
      const file = join(root, 'app', 'tsconfig.json');
      await write(join(root, 'app', 'base.json'), '{}');
      await write(file, `{"extends":${name}}`);
      await build();
      expect(await build()).toBe(true);
      await write(file, '{}');
      await build();
      expect(await build()).toBe(false);
    },
  );

  it('depends on the tsconfig.json of the options', async () => {
    const tsconfig = join(root, 'tsconfig.build.json');
    await write(tsconfig, '{}');
    await build({ options: { tsconfig } });
    expect(await build({ options: { tsconfig } })).toBe(false);
    await write(tsconfig, '{"compilerOptions":{}}');
    expect(await build({ options: { tsconfig } })).toBe(true);
  });

  it('is not used if others can write to its folder', async () => {
    await build();
    await chmod(cache, 0o777);
    expect(await build()).toBe(true);
  });

  it('is not used if it is not valid', async () => {
    await build();
    const [name = ''] = await readdir(cache);
    await writeFile(join(cache, name), 'not JSON');
    expect(await build()).toBe(true);
    expect(await build()).toBe(false);
  });

  it('keeps the eight most recently used bundles', async () => {
    await build({ options: { target: '0' } });
    await age(join(cache, (await readdir(cache))[0] as string));
    for (let target = 1; target <= 8; target += 1) await build({ options: { target: String(target) } });
    expect(await readdir(cache)).toHaveLength(8);
    expect(await build({ options: { target: '1' } })).toBe(false);
    expect(await build({ options: { target: '0' } })).toBe(true);
  });
});
