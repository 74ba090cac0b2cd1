import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FunctionModel } from '../src/lambda/model';
import { createOpener, fn } from './support/lambda';

const open = createOpener();

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lambda-imports-')));
  process.env.SAM_OFFLINE_CACHE = join(folder, 'cache');
});
afterEach(() => {
  delete process.env.SAM_OFFLINE_CACHE;
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** Builds functions. Returns the functions that cannot be loaded, and the error message. */
async function build(...functions: Partial<FunctionModel>[]) {
  const onBuildFailure = jest.fn();
  const models = functions.map((more, i) =>
    fn(`F${i}`, 'app.handler', { codeUri: join(folder, 'code'), ...more }),
  );
  const { lambda, invoke } = await open(models, { root: folder, onBuildFailure });
  return { failed: lambda.listFailedFunctions(), message: onBuildFailure.mock.calls[0]?.[0], invoke };
}

describe('a function that cannot be loaded', () => {
  it.each([
    ['a missing package', 'app.js', "require('lost');", 'code/app.js:1:9: Could not resolve "lost"'],
    ['a missing file', 'app.mjs', "import './lost.mjs';", 'code/app.mjs:1:8: Could not resolve "./lost.mjs"'],
    ['a syntax error', 'app.js', 'exports.handler = ;', 'code/app.js:1:19: Unexpected ";"'],
    ['a missing SDK', 'app.ts', "import '@aws-sdk/client-sns';", 'Could not resolve "@aws-sdk/client-sns"'],
    [
      'a runtime without SDK v2',
      'app.js',
      "const AWS = require('aws-sdk/clients/s3');",
      'Could not resolve "aws-sdk/clients/s3": nodejs24.x contains version 3 of the SDK. Add aws-sdk to the dependencies',
    ],
    [
      'SDK v2 in TypeScript',
      'app.ts',
      "import AWS from 'aws-sdk';\nexport const handler = AWS;",
      'version 3',
    ],
  ])('is reported because of %s', async (_why, file, text, message) => {
    write(`code/${file}`, text);
    const found = await build({});
    expect(found.failed).toEqual(['F0']);
    expect(found.message).toContain('function F0\n');
    expect(found.message).toContain(message);
  });

  it('is reported because of an error in an imported file', async () => {
    write('code/app.js', "require('./lib');");
    write('code/lib/index.js', "require('lost');");
    write('code/unused.test.js', "require('chai');");
    const { message } = await build({});
    expect(message).toMatch(/^function F0\ncode\/lib\/index\.js:1:9: Could not resolve "lost"\n/);
    expect(message).not.toContain('chai');
  });

  it('does not prevent other functions from running', async () => {
    write('code/app.js', "require('lost');");
    write('other/app.js', 'exports.handler = async () => 1;');
    const { failed, invoke } = await build({}, { codeUri: join(folder, 'other') });
    expect(failed).toEqual(['F0']);
    expect(await invoke('F1')).toEqual({ payload: 1 });
    expect(await invoke('F0')).toMatchObject({ payload: { errorType: 'Runtime.ImportModuleError' } });
  });
});

describe('a function that can be loaded', () => {
  it.each([
    ['for a package in a parent folder', "require('found/part')", 'node_modules/found/part.js'],
    ['for a package of a layer', "require('found')", 'layer/node_modules/found/index.js'],
    ['for a file of a layer', "require('/opt/nodejs/x')", 'layer/x.js'],
    [
      'for the SDK in the cache',
      "require('@aws-sdk/found')",
      'cache/sdk-v3/node_modules/@aws-sdk/found/index.js',
    ],
    ['for modules of Node.js', "require('fs'); require('node:test')", 'code/other.js'],
    ['for an optional package', "try { require('lost') } catch {}", 'code/other.js'],
    ['for an import on demand', "exports.handler = () => import('lost')", 'code/other.js'],
    ['for a file of an unknown type', "require('./found.node')", 'code/found.node'],
  ])('is not reported %s', async (_why, text, file) => {
    write('code/app.js', text);
    write(file, '');
    expect((await build({ layers: [join(folder, 'layer')] })).failed).toEqual([]);
  });
});
