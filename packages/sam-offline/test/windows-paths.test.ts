import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createBuildFolder } from '../src/bundler/esbuild/esbuild-files';

/** Loads a module with the path functions of Windows. `existing` contains the files that exist. */
function loadForWindows<T extends object>(file: string, existing: readonly string[] = []): T {
  let loaded: T | undefined;
  jest.isolateModules(() => {
    jest.doMock('node:path', () => jest.requireActual<typeof import('node:path')>('node:path').win32);
    jest.doMock('node:fs', () => ({ existsSync: (path: string) => existing.includes(path) }));
    loaded = jest.requireActual<T>(file);
  });
  jest.dontMock('node:path');
  jest.dontMock('node:fs');
  return loaded as T;
}

describe('on Windows', () => {
  it('names bundles with slashes, and uses a hash for files on other drives', () => {
    const { outputName } = loadForWindows<typeof import('../src/bundler/output-name')>(
      '../src/bundler/output-name',
    );
    expect(outputName('C:\\app\\functions\\send.v1.ts', 'C:\\app')).toBe('functions/send.v1');
    expect(outputName('C:\\app\\send', 'C:\\app')).toBe('send');
    for (const source of ['D:\\shared\\send.ts', 'C:\\other\\send.ts', 'C:\\app\\worker.ts']) {
      expect(outputName(source, 'C:\\app')).toMatch(/^other\/[0-9a-f]{16}$/);
    }
  });

  it('finds layer files by paths with slashes and backslashes', () => {
    const { createLayerResolver } = loadForWindows<typeof import('../src/lambda/worker/layers')>(
      '../src/lambda/worker/layers',
      ['C:\\layer\\nodejs\\lib\\shared.js', 'C:\\layer\\data.txt'],
    );
    const resolveLayer = createLayerResolver(['C:\\layer\\nodejs']);
    expect(resolveLayer('/opt/nodejs/lib/shared')).toBe('C:\\layer\\nodejs\\lib\\shared');
    expect(resolveLayer('\\opt\\data.txt')).toBe('C:\\layer\\data.txt');
    expect(resolveLayer('C:\\opt\\data.txt')).toBe('C:\\opt\\data.txt');
  });

  it.each([
    ['/a/b.js', 'C:\\web\\a\\b.js'],
    ['/a%5Cb.js', 'C:\\web\\a\\b.js'],
    ['/..%5Csecret', undefined],
    ['/a/..%5C..%5Csecret', undefined],
    ['/C:/secret', 'C:\\web\\C:\\secret'],
    ['//server/share', 'C:\\web\\server\\share'],
  ])('never serves a file outside of the folder for %s', (path, expected) => {
    const { resolveFile } =
      loadForWindows<typeof import('../src/http/resolve-file')>('../src/http/resolve-file');
    expect(resolveFile('C:\\web', path)).toBe(expected);
  });

  it('starts npm in a shell, with the command as one string', () => {
    const { createCommand } = loadForWindows<typeof import('../src/system/command')>('../src/system/command');
    expect(createCommand('npm', ['install', '@aws-sdk/client-sns@3', 'a b'], 'win32')).toEqual({
      file: 'npm install @aws-sdk/client-sns@3 "a b"',
      args: [],
      shell: true,
    });
    expect(createCommand('node', ['web\\build.mjs'], 'win32')).toEqual({
      file: process.execPath,
      args: ['web\\build.mjs'],
      shell: false,
    });
  });
});

// On macOS, the path of the temporary folder, /var/folders, contains the symbolic link /var.
it('creates the folder of bundles by its real path', async () => {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'real-path-')));
  const link = join(parent, 'link');
  try {
    symlinkSync(parent, link, 'junction');
    jest.spyOn(os, 'tmpdir').mockReturnValue(link);
    expect(dirname(await createBuildFolder())).toBe(parent);
  } finally {
    jest.restoreAllMocks();
    rmSync(parent, { recursive: true, force: true });
  }
});
