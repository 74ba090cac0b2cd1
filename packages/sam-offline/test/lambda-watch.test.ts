import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LambdaOptions } from '../src/lambda';
import { createOpener, fn } from './support/lambda';

const open = createOpener();

/** The source of a handler that returns a value and the number of invocations of its execution environment. */
const COUNTER = 'let calls = 0; export const handler = async () => [VALUE, ++calls];';
const HOUR_AGO = Date.now() / 1000 - 3600;

let folder: string;
let savedFiles: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lambda-watch-test-'));
  savedFiles = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Saves a file. Its modification time is in the past, and later than the time of every previous save. */
function write(name: string, text: string): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  savedFiles += 1;
  utimesSync(file, HOUR_AGO, HOUR_AGO + savedFiles);
}

const counter = (value: string) => COUNTER.replace('VALUE', value);

/** Opens functions A and B with the handlers `a.handler` and `b.handler`, and watches them. */
async function openWatched(options: Partial<LambdaOptions> = {}, warmsFunctions = false) {
  const functions = ['A', 'B'].map((id) => fn(id, `${id.toLowerCase()}.handler`, { codeUri: folder }));
  const opened = await open(functions, { root: folder, ...options });
  await opened.lambda.startWatching({ warmsFunctions });
  return {
    ...opened,
    async call(id: string) {
      return (await opened.invoke(id)).payload;
    },
  };
}

describe('rebuilds while watching', () => {
  it('replaces only functions with changed files', async () => {
    write('shared.ts', "export const shared = 'shared';");
    write('a.ts', `import { shared } from './shared'; ${counter('shared')}`);
    write('b.ts', counter("'b'"));
    const { lambda, call } = await openWatched();
    expect([await call('A'), await call('B')]).toEqual([
      ['shared', 1],
      ['b', 1],
    ]);

    write('shared.ts', "export const shared = 'changed';");
    await lambda.rebuild();
    expect([await call('A'), await call('B')]).toEqual([
      ['changed', 1],
      ['b', 2],
    ]);

    write('b.ts', counter("'b2'"));
    await lambda.rebuild();
    expect([await call('A'), await call('B')]).toEqual([
      ['changed', 2],
      ['b2', 1],
    ]);
  });

  it('replaces no function if nothing has changed, and all functions if esbuild.json has changed', async () => {
    write('a.ts', counter('MODE'));
    write('b.ts', counter("'b'"));
    write('esbuild.json', JSON.stringify({ define: { MODE: '1' } }));
    const { lambda, call } = await openWatched();
    await call('A');
    await call('B');
    await lambda.rebuild();
    expect([await call('A'), await call('B')]).toEqual([
      [1, 2],
      ['b', 2],
    ]);
    write('esbuild.json', JSON.stringify({ define: { MODE: '2' } }));
    await lambda.rebuild();
    expect([await call('A'), await call('B')]).toEqual([
      [2, 1],
      ['b', 1],
    ]);
  });

  it('includes a change that was saved before the watch started', async () => {
    write('a.ts', counter('1'));
    write('b.ts', counter('1'));
    const functions = ['A', 'B'].map((id) => fn(id, `${id.toLowerCase()}.handler`, { codeUri: folder }));
    const { lambda, invoke } = await open(functions, { root: folder });
    writeFileSync(join(folder, 'a.ts'), counter('2'));
    await lambda.startWatching({ warmsFunctions: false });
    await lambda.rebuild();
    expect((await invoke('A')).payload).toEqual([2, 1]);
  });

  it('keeps the old code after a failure, reports the line of the error, and recovers', async () => {
    write('a.ts', counter('1'));
    write('b.ts', counter("'b'"));
    const { lambda, call } = await openWatched();
    await call('A');
    write('a.ts', 'export const handler = ;');
    await expect(lambda.rebuild()).rejects.toThrow('a.ts:1:24: Unexpected ";"');
    expect(await call('A')).toEqual([1, 2]);
    write('a.ts', "import './lost';");
    await expect(lambda.rebuild()).rejects.toThrow('a.ts:1:8: Could not resolve "./lost"');
    write('a.ts', "import 'lost-package';");
    await expect(lambda.rebuild()).rejects.toThrow('a.ts:1:8: Could not resolve "lost-package"');
    expect(lambda.lastBuild().error).toContain('lost-package');
    write('a.ts', counter('2'));
    await lambda.rebuild();
    expect(await call('A')).toEqual([2, 1]);
    expect(lambda.lastBuild().error).toBeUndefined();
  });

  it('detects new files and deleted files', async () => {
    write('a.ts', counter('1'));
    write('b.ts', counter("'b'"));
    const { lambda, call } = await openWatched();
    write('a.ts', `import { value } from './value'; ${counter('value')}`);
    write('value.ts', 'export const value = 2;');
    await lambda.rebuild();
    expect(lambda.sources()).toContain(join(folder, 'value.ts'));
    expect(await call('A')).toEqual([2, 1]);
    rmSync(join(folder, 'value.ts'));
    await expect(lambda.rebuild()).rejects.toThrow('a.ts:1:23: Could not resolve "./value"');
    expect(await call('A')).toEqual([2, 2]);
    write('value/index.ts', 'export const value = 3;');
    await lambda.rebuild();
    expect(await call('A')).toEqual([3, 1]);
  });

  it('initializes the functions that were in use if the runtime warms them', async () => {
    write('a.ts', counter('1'));
    write('b.ts', counter('1'));
    const { lambda, call, lines } = await openWatched({}, true);
    await call('A');
    write('a.ts', `console.log('new a'); ${counter('2')}`);
    write('b.ts', `console.log('new b'); ${counter('2')}`);
    await lambda.rebuild();
    while (!lines('stdout').includes('new a')) await sleep(20);
    expect(await call('A')).toEqual([2, 1]);
    expect(lines('stdout')).toEqual(['new a']);
  });

  it('replaces only changed functions that run without a bundle', async () => {
    write('one/a.js', "exports.handler = async () => 'a1';");
    write('two/b.js', 'exports.handler = async () => (globalThis.calls = (globalThis.calls ?? 0) + 1);');
    const { lambda, invoke } = await open([
      fn('A', 'a.handler', { codeUri: join(folder, 'one') }),
      fn('B', 'b.handler', { codeUri: join(folder, 'two') }),
    ]);
    await lambda.startWatching({ warmsFunctions: false });
    expect([await invoke('A'), await invoke('B')]).toEqual([{ payload: 'a1' }, { payload: 1 }]);
    write('one/a.js', "exports.handler = async () => 'a2';");
    await lambda.rebuild();
    expect([await invoke('A'), await invoke('B')]).toEqual([{ payload: 'a2' }, { payload: 2 }]);
  });

  it('replaces ES modules', async () => {
    write('a.ts', `const top = await 1; ${counter('top')}`);
    write('b.ts', counter("'b'"));
    const { lambda, call } = await openWatched({ bundleSettings: { format: 'esm', target: 'es2022' } });
    await call('B');
    write('a.ts', `const top = await 2; ${counter('top')}`);
    await lambda.rebuild();
    expect([await call('A'), await call('B')]).toEqual([
      [2, 1],
      ['b', 2],
    ]);
  });

  it('deletes its temporary files in close()', async () => {
    const temporary = join(folder, 'temporary');
    mkdirSync(temporary);
    const tmpdirSpy = jest.spyOn(os, 'tmpdir').mockReturnValue(temporary);
    write('node_modules/pkg/index.js', 'exports.value = 1;');
    write('a.ts', `import { value } from 'pkg'; ${counter('value')}`);
    write('b.ts', counter('1'));
    const { lambda, call } = await openWatched();
    for (const version of ['2', '3']) {
      write('a.ts', `import { value } from 'pkg'; ${counter(`value + ${version}`)}`);
      await lambda.rebuild();
      await call('A');
    }
    tmpdirSpy.mockRestore();
    expect(readdirSync(temporary)).not.toEqual([]);
    await lambda.close();
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('packages in rebuilds while watching', () => {
  beforeEach(() => {
    write(
      'node_modules/esm/package.json',
      '{"name":"esm","type":"module","main":"index.js","sideEffects":false}',
    );
    write(
      'node_modules/esm/index.js',
      "export default 'default'; export const named = 'named'; export { later } from './later.js';",
    );
    write('node_modules/esm/later.js', "export const later = 'later';");
    write('node_modules/cjs/package.json', '{"name":"cjs"}');
    write('node_modules/cjs/index.js', "module.exports = { named: 'cjs', state: 0 };");
    write('node_modules/babel/package.json', '{"name":"babel"}');
    write('node_modules/babel/index.js', "exports.__esModule = true; exports.default = 'babel';");
    write(
      'node_modules/dual/package.json',
      '{"name":"dual","exports":{"import":"./i.mjs","require":"./r.js","default":"./r.js"}}',
    );
    write('node_modules/dual/i.mjs', "export default 'imported';");
    write('node_modules/dual/r.js', "module.exports = 'required';");
    write('b.ts', counter("'b'"));
  });

  const SOURCE = `
    import esm, { named } from 'esm';
    import * as all from 'esm';
    import cjs, { named as fromCjs } from 'cjs';
    import babel from 'babel';
    import dual from 'dual';
    import { readFileSync } from 'node:fs';
    export const handler = async () => [esm, named, all.named, cjs.named, fromCjs, JSON.stringify(babel), dual, require('dual'),
      (await import('esm')).default, typeof readFileSync, 'VERSION'];`;

  it.each([
    ['CommonJS', '{}', '"babel"'],
    // In an ES module package, the default import of a CommonJS package is module.exports.
    ['ES modules', '{"type":"module"}', '{"__esModule":true,"default":"babel"}'],
  ])('have the same exports as in a full build (application: %s)', async (_, manifest, babel) => {
    write('package.json', manifest);
    write('a.ts', SOURCE.replace('VERSION', '1'));
    const { lambda, call } = await openWatched();
    const expected = [
      'default',
      'named',
      'named',
      'cjs',
      'cjs',
      babel,
      'imported',
      'required',
      'default',
      'function',
    ];
    expect(await call('A')).toEqual([...expected, '1']);
    write('a.ts', SOURCE.replace('VERSION', '2'));
    await lambda.rebuild();
    expect(await call('A')).toEqual([...expected, '2']);
  });

  it('can be imported later, and have only one copy of their state', async () => {
    write('a.ts', counter('1'));
    const { lambda, call } = await openWatched();
    write('state.ts', "import cjs from 'cjs'; export const add = () => ++cjs.state;");
    write(
      'a.ts',
      `import { later } from 'esm'; import cjs from 'cjs'; import { add } from './state';
      export const handler = async () => [later, add(), cjs.state];`,
    );
    await lambda.rebuild();
    expect(await call('A')).toEqual(['later', 1, 1]);
  });

  it('are reported with the line of an error until no function imports them', async () => {
    write('node_modules/broken/index.js', 'exports.value = ;');
    write('a.ts', counter('1'));
    const { lambda, call } = await openWatched();
    write('a.ts', `import 'broken'; ${counter('2')}`);
    await expect(lambda.rebuild()).rejects.toThrow('node_modules/broken/index.js:1:17: Unexpected ";"');
    write('a.ts', `import { later } from 'esm'; ${counter('later')}`);
    await lambda.rebuild();
    expect(await call('A')).toEqual(['later', 1]);
  });

  it('are bundled with the functions if they import files of the application', async () => {
    write('shared.ts', 'export const state = { count: 0 };');
    write('node_modules/plugin/package.json', '{"name":"plugin"}');
    write('node_modules/plugin/index.js', "exports.add = () => ++require('../../shared').state.count;");
    write('a.ts', counter('1'));
    const { lambda, call } = await openWatched();
    write(
      'a.ts',
      `import { add } from 'plugin'; import { state } from './shared';
      export const handler = async () => [add(), state.count];`,
    );
    await lambda.rebuild();
    expect(await call('A')).toEqual([1, 1]);
  });
});
