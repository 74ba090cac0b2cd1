import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FunctionModel } from '../src/lambda/model';
import { createOpener, fn } from './support/lambda';

const open = createOpener();

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lambda-plain-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** Opens a function in the folder and returns a function that invokes it. */
async function openPlain(handler: string, more: Partial<FunctionModel> = {}) {
  const { invoke, ...rest } = await open([fn('f', handler, { codeUri: folder, ...more })], { root: folder });
  return { ...rest, invoke: (event?: unknown) => invoke('f', event) };
}

describe('JavaScript without a build', () => {
  it('runs from its own folder', async () => {
    write('src/app.js', "exports.handler = async () => [__filename, require('./' + 'other').name];");
    write('src/other.js', "exports.name = 'other';");
    const { invoke, lambda } = await openPlain('src/app.handler');
    expect((await invoke()).payload).toEqual([join(folder, 'src/app.js'), 'other']);
    expect(lambda.sources()).toEqual(expect.arrayContaining([join(folder, 'src/other.js')]));
  });

  it.each([
    ['app.mjs', '{}'],
    ['app.js', '{"type":"module"}'],
  ])('can be an ES module with top-level await (%s, %s)', async (file, manifest) => {
    write('package.json', manifest);
    write(file, 'const value = await Promise.resolve(7);\nexport const handler = async () => value;');
    const { invoke } = await openPlain('app.handler');
    expect(await invoke()).toEqual({ payload: 7 });
  });

  it('runs new code after a rebuild', async () => {
    write('app.js', 'exports.handler = async () => 1;');
    const { invoke, lambda } = await openPlain('app.handler');
    expect((await invoke()).payload).toBe(1);
    write('app.js', 'exports.handler = async () => 2;');
    await lambda.rebuild();
    expect((await invoke()).payload).toBe(2);
  });

  it('is bundled with the build method esbuild', async () => {
    write('app.js', "import text from './note.txt';\nexport const handler = async () => text;");
    write('note.txt', 'note');
    write('esbuild.json', '{"loader":{".txt":"text"}}');
    const { invoke } = await openPlain('app.handler', { buildMethod: 'esbuild' });
    expect((await invoke()).payload).toBe('note');
  });

  it('starts in the folder of its code, which is /var/task on Lambda', async () => {
    write('data/greeting.txt', 'hello');
    write(
      'app.js',
      `const fs = require('node:fs');
       const { readFile } = require('node:fs/promises');
       const path = require('node:path');
       exports.handler = async () => [
         process.cwd(), process.env.LAMBDA_TASK_ROOT, path.resolve('data'), fs.existsSync('data'),
         fs.readFileSync('./data/greeting.txt', 'utf8'), await readFile('data/greeting.txt', 'utf8'),
         typeof fs.realpathSync.native,
       ];`,
    );
    const { invoke } = await openPlain('app.handler');
    const data = join(folder, 'data');
    expect((await invoke()).payload).toEqual([folder, folder, data, true, 'hello', 'hello', 'function']);
  });
});

describe('layers', () => {
  it.each([
    ['app.js', "const name = require('shared');\nexports.handler = async () => name;"],
    ['app.mjs', "import name from 'shared';\nexport const handler = async () => name;"],
  ])('provide packages to %s, and the last layer takes precedence', async (file, text) => {
    for (const layer of ['a', 'b']) {
      write(`${layer}/nodejs/node_modules/shared/index.js`, `module.exports = '${layer}';`);
    }
    write(`code/${file}`, text);
    const { invoke } = await openPlain('app.handler', {
      codeUri: join(folder, 'code'),
      layers: [join(folder, 'a/nodejs'), join(folder, 'b/nodejs')],
    });
    expect(await invoke()).toEqual({ payload: 'b' });
  });

  it('can contain files outside of /opt/nodejs', async () => {
    mkdirSync(join(folder, 'layer/nodejs'), { recursive: true });
    write('layer/data.txt', 'data');
    write('app.js', "exports.handler = async () => require('fs').readFileSync('/opt/data.txt', 'utf8');");
    const { invoke } = await openPlain('app.handler', { layers: [join(folder, 'layer/nodejs')] });
    expect(await invoke()).toEqual({ payload: 'data' });
  });

  it.each([
    ['app.js', "const { name } = require('/opt/nodejs/shared');"],
    ['app.mjs', "import { name } from '/opt/nodejs/shared.js';"],
  ])('provide the folder /opt for %s', async (file, statement) => {
    write('layer/nodejs/shared.js', "exports.name = 'shared';");
    const exported = file.endsWith('.mjs') ? 'export const handler' : 'exports.handler';
    write(
      `code/${file}`,
      `${statement}\n${exported} = async () => [name, process.getBuiltinModule('fs').existsSync('/opt/nodejs/shared.js')];`,
    );
    const { invoke } = await openPlain('app.handler', {
      codeUri: join(folder, 'code'),
      layers: [join(folder, 'layer/nodejs')],
    });
    expect(await invoke()).toEqual({ payload: ['shared', true] });
  });
});

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html ("Callback-based function handlers") */
describe('callback handlers up to nodejs22.x', () => {
  const respond = async (body: string, runtime = 'nodejs22.x') => {
    write('app.js', `exports.handler = (event, context, callback) => { ${body} };`);
    const { invoke } = await openPlain('app.handler', { runtime });
    return invoke({ a: 1 });
  };

  it.each([
    ['the callback', 'setTimeout(() => callback(null, event), 5);', { a: 1 }],
    ['context.succeed', 'context.succeed(event);', { a: 1 }],
    ['context.done', 'context.done(null, 2);', 2],
    ['a promise', 'return Promise.resolve(3);', 3],
    ['an empty event loop', 'setTimeout(() => {}, 5);', null],
  ])('respond with %s', async (_what, body, payload) => {
    expect(await respond(body)).toEqual({ payload });
  });

  it.each([
    ['the callback', "callback(new TypeError('no'));", { errorType: 'TypeError', errorMessage: 'no' }],
    ['the callback with a string', "callback('no');", { errorType: 'string', errorMessage: 'no' }],
    ['context.fail', "context.fail(new Error('no'));", { errorType: 'Error', errorMessage: 'no' }],
    ['context.done', "context.done(new Error('no'));", { errorType: 'Error', errorMessage: 'no' }],
    ['an exception', "throw new Error('no');", { errorType: 'Error', errorMessage: 'no' }],
  ])('fail with %s', async (_what, body, error) => {
    const { payload, functionError } = await respond(body);
    expect(functionError).toBe('Unhandled');
    expect(payload).toMatchObject(error);
  });

  it('waits for an empty event loop unless callbackWaitsForEmptyEventLoop is false', async () => {
    const body = `const start = Date.now();
      context.callbackWaitsForEmptyEventLoop = event.waits;
      const result = { ran: false };
      setTimeout(() => { result.ran = true; }, 50);
      callback(null, result);`;
    write('app.js', `exports.handler = (event, context, callback) => { ${body} };`);
    const { invoke } = await openPlain('app.handler', { runtime: 'nodejs18.x' });
    expect((await invoke({ waits: true })).payload).toEqual({ ran: true });
    expect((await invoke({ waits: false })).payload).toEqual({ ran: false });
  });

  it('serves several invocations in one environment', async () => {
    write('app.js', 'let n = 0;\nexports.handler = (event, context, callback) => callback(null, ++n);');
    const { invoke } = await openPlain('app.handler', { runtime: 'nodejs16.x' });
    expect([await invoke(), await invoke(), await invoke()]).toEqual(
      [1, 2, 3].map((payload) => ({ payload })),
    );
  });
});
