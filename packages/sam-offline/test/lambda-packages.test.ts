import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installMissingPackages } from '../src/bundler/packages/install-packages';
import { describeMissingPackages, findMissingPackages } from '../src/bundler/packages/missing-packages';
import { sdkOfRuntime } from '../src/bundler/packages/sdk-cache';
import type { FunctionModel } from '../src/lambda/model';
import { createOpener, fn } from './support/lambda';

const open = createOpener();

let folder: string;
let cache: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lambda-packages-')));
  cache = join(folder, 'cache');
  process.env.SAM_OFFLINE_CACHE = cache;
});
afterEach(() => {
  delete process.env.SAM_OFFLINE_CACHE;
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const model = (more: Partial<FunctionModel> = {}) =>
  fn('F', 'app.handler', { codeUri: join(folder, 'code'), ...more });
const find = (...functions: FunctionModel[]) => findMissingPackages(functions);

const REQUIRE_V2 = "exports.handler = async () => require('aws-sdk/clients/s3').name;";

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html#nodejs-sdk-included */
it.each([
  ['nodejs12.x', 'v2'],
  ['nodejs16.x', 'v2'],
  ['nodejs18.x', 'v3'],
  ['nodejs24.x', 'v3'],
])('the runtime %s contains SDK %s', (runtime, version) => {
  expect(sdkOfRuntime(runtime)).toBe(version);
});

describe('the SDK of the Lambda runtime', () => {
  it.each([
    ['nodejs16.x', REQUIRE_V2, 'v2', 'aws-sdk'],
    ['nodejs22.x', "import { a } from '@aws-sdk/client-sns';", 'v3', '@aws-sdk/client-sns'],
    ['nodejs22.x', "await import('@smithy/types');", 'v3', '@smithy/types'],
  ])('is reported if it is missing (%s, %s)', (runtime, text, version, name) => {
    write('code/lib/app.js', text);
    const missing = find(model({ runtime }));
    expect(missing).toEqual({ folders: [], sdk: [{ version, name, logicalIds: ['F'] }] });
    expect(describeMissingPackages(missing)).toEqual([
      `${name} of the Lambda runtime is not installed (used by F). ` +
        `Run npm install --save-dev ${name}, or add --install (in tests: install: true) to install it once, ` +
        `into ${join(cache, `sdk-${version}`)}.`,
    ]);
  });

  it.each([
    ['the runtime contains another version', 'nodejs18.x', 'code/note.txt'],
    ['the application contains it', 'nodejs16.x', 'node_modules/aws-sdk/index.js'],
    ['a layer contains it', 'nodejs16.x', 'layer/node_modules/aws-sdk/index.js'],
    ['the cache contains it', 'nodejs16.x', 'cache/sdk-v2/node_modules/aws-sdk/index.js'],
  ])('is not reported if %s', (_why, runtime, file) => {
    write('code/app.js', REQUIRE_V2);
    write(file, '');
    expect(find(model({ runtime, layers: [join(folder, 'layer')] })).sdk).toEqual([]);
  });

  it('is reported if the application contains only other SDK packages, unless the function is bundled', () => {
    const text = "import '@aws-sdk/client-sns';\nimport '@aws-sdk/lib-dynamodb';";
    write('code/node_modules/@aws-sdk/client-sns/index.js', '');
    write('code/app.js', text);
    const sdk = [{ version: 'v3', name: '@aws-sdk/lib-dynamodb', logicalIds: ['F'] }];
    expect(find(model())).toEqual({ folders: [], sdk });
    expect(find(model({ buildMethod: 'esbuild' })).sdk).toEqual([]);
    expect(find(model({ handler: 'missing.handler' })).sdk).toEqual([]);
  });

  it.each([
    ['app.js', REQUIRE_V2],
    ['app.ts', "import { name } from 'aws-sdk/clients/s3';\nexport const handler = async () => name;"],
    ['app.mjs', "import sdk from 'aws-sdk/clients/s3.js';\nexport const handler = async () => sdk.name;"],
  ])('is loaded from the cache by %s', async (file, text) => {
    write(`code/${file}`, text);
    write('cache/sdk-v2/node_modules/aws-sdk/clients/s3.js', "exports.name = 'cached';");
    const { invoke } = await open([model({ runtime: 'nodejs16.x' })], { root: folder });
    expect(await invoke('F')).toEqual({ payload: 'cached' });
  });

  it('is not loaded by runtimes that do not contain it', async () => {
    write('code/app.js', REQUIRE_V2);
    write('cache/sdk-v2/node_modules/aws-sdk/clients/s3.js', '');
    const { invoke } = await open([model({ runtime: 'nodejs18.x' })], { root: folder });
    expect((await invoke('F')).payload).toMatchObject({
      errorMessage: expect.stringContaining("Cannot find module 'aws-sdk/clients/s3'"),
    });
  });

  it('may be missing in a bundle, but the function then fails', async () => {
    write(
      'code/app.ts',
      "import { x } from '@aws-sdk/client-nobody';\nexport const handler = async () => x;",
    );
    const { invoke } = await open([model()], { root: folder });
    expect((await invoke('F')).payload).toMatchObject({ errorType: 'Runtime.ImportModuleError' });
  });
});

describe('dependencies in package.json', () => {
  it('are reported with their folder until they are installed', () => {
    write('code/package.json', '{"dependencies":{"a":"1","@aws-sdk/client-sns":"3"}}');
    write('code/app.js', "require('@aws-sdk/client-sns')");
    const codeUri = join(folder, 'code');
    const missing = find(model());
    expect(missing).toEqual({ folders: [codeUri], sdk: [] });
    expect(describeMissingPackages(missing)).toEqual([
      `The packages of ${join(codeUri, 'package.json')} are not installed. ` +
        'Run npm install there, or add --install (in tests: install: true).',
    ]);
    write('code/node_modules/a/index.js', '');
    write('node_modules/@aws-sdk/client-sns/index.js', '');
    expect(find(model())).toEqual({ folders: [], sdk: [] });
  });
});

describe('dependencies of a layer', () => {
  it('are reported with the folder of the layer until they are installed', () => {
    write('code/app.js', '');
    write('layer/package.json', '{"dependencies":{"uuid":"1"}}');
    const layers = [join(folder, 'layer')];
    const functions = [model({ layers }), model({ logicalId: 'G', layers })];
    expect(find(...functions)).toEqual({ folders: layers, sdk: [] });
    write('layer/node_modules/uuid/index.js', '');
    expect(find(...functions)).toEqual({ folders: [], sdk: [] });
  });
});

const ALL = { installsDependencies: true, installsSdk: true };

describe('--install', () => {
  const path = process.env.PATH;
  afterEach(() => {
    process.env.PATH = path;
  });

  /** Replaces npm with a script. */
  function replaceNpm(script: string): void {
    write('bin/npm', `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'bin/npm'), 0o755);
    process.env.PATH = [join(folder, 'bin'), path].join(delimiter);
  }

  const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');

  it('runs npm in folders with a package.json, and for the cache', async () => {
    replaceNpm(`echo "$PWD: $@" >> ${join(folder, 'calls')}`);
    const dependencies = '{"dependencies":{"a":"1"}}';
    write('locked/package.json', dependencies);
    write('locked/package-lock.json', '{}');
    write('code/package.json', dependencies);
    write('old/app.js', REQUIRE_V2);
    write('new/app.js', "require('@aws-sdk/client-sns'); require('@smithy/types');");
    const lines: string[] = [];
    const functions = ['code', 'locked', 'old', 'new'].map((name) =>
      model({ codeUri: join(folder, name), runtime: name === 'old' ? 'nodejs16.x' : 'nodejs24.x' }),
    );
    await installMissingPackages(functions, ALL, (line) => lines.push(line));
    const quiet = '--no-audit --no-fund --loglevel=error';
    expect(calls().slice(0, 4)).toEqual([
      `${join(folder, 'code')}: install --omit=dev ${quiet}`,
      `${join(folder, 'locked')}: ci --omit=dev ${quiet}`,
      `${cache}/sdk-v2: install --ignore-scripts aws-sdk@2 ${quiet}`,
      `${cache}/sdk-v3: install --ignore-scripts @aws-sdk/client-sns@3 @smithy/types@latest ${quiet}`,
    ]);
    expect(lines.slice(4, 6)).toEqual([
      `Installing aws-sdk into ${cache}/sdk-v2 …`,
      expect.stringMatching(/^Installed in \d+\.\d s\.$/),
    ]);
  });

  it.each([
    ['dependencies', { installsDependencies: true, installsSdk: false }, 'code'],
    ['the SDK', { installsDependencies: false, installsSdk: true }, 'cache/sdk-v2'],
  ])('installs only %s', async (_what, permissions, installed) => {
    replaceNpm(`echo "$PWD" >> ${join(folder, 'calls')}`);
    write('code/package.json', '{"dependencies":{"a":"1"}}');
    write('old/app.js', REQUIRE_V2);
    const old = model({ logicalId: 'G', codeUri: join(folder, 'old'), runtime: 'nodejs16.x' });
    await installMissingPackages([model(), old], permissions, () => undefined);
    expect(calls()).toEqual([join(folder, installed)]);
  });

  it('fails with the message of npm', async () => {
    replaceNpm('echo "npm error ENOTFOUND" >&2; exit 1');
    write('code/package.json', '{"dependencies":{"a":"1"}}');
    const codeUri = join(folder, 'code');
    await expect(installMissingPackages([model()], ALL, () => undefined)).rejects.toThrow(
      `npm could not install the packages of ${codeUri}. Check the network connection.\nnpm error ENOTFOUND`,
    );
  });

  it('runs npm once if two runtimes start concurrently', async () => {
    write('code/package.json', '{"dependencies":{"a":"1"}}');
    write('code/app.js', '');
    const started = join(folder, 'calls');
    const go = join(folder, 'go');
    // Like npm, the script creates the folder of the package first. It creates the file when the test allows it.
    replaceNpm(`mkdir -p node_modules/a; echo start >> ${started}
until [ -e ${go} ]; do sleep 0.1; done; echo 1 > node_modules/a/index.js`);
    const first = installMissingPackages([model()], ALL, () => undefined);
    while (!existsSync(started)) await sleep(20);
    const script = `require(process.argv[1]).installMissingPackages(JSON.parse(process.argv[2]), { installsDependencies: true, installsSdk: true }, console.log)
      .then(() => console.log(require('node:fs').readFileSync(process.argv[3], 'utf8')))`;
    const source = join(__dirname, '../src/bundler/packages/install-packages.ts');
    const args = [source, JSON.stringify([model()]), join(folder, 'code/node_modules/a/index.js')];
    const second = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', script, ...args], {
      cwd: __dirname,
      env: process.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    second.stdout.on('data', (text) => {
      output += text;
    });
    try {
      while (!output.endsWith('\n') && second.exitCode === null) await sleep(20);
      expect(output).toBe('Waiting for another process to finish installing packages …\n');
      write('go', '');
      await Promise.all([first, once(second, 'close')]);
      expect(output.split('\n').slice(1)).toEqual(['1', '', '']);
      expect(calls()).toEqual(['start']);
    } finally {
      write('go', ''); // also stops the npm script if the test fails
      second.kill();
    }
  });

  it('reports a package.json that is not valid JSON', async () => {
    write('code/package.json', '{');
    await expect(installMissingPackages([model()], ALL, () => undefined)).rejects.toThrow(
      `${join(folder, 'code/package.json')} cannot be read: `,
    );
  });
});
