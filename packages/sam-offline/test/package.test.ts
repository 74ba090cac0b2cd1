import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const source = resolve(__dirname, '..');

/** The reference pages that the package contains. */
const PAGES = ['command-line', 'comparison', 'conformance', 'console', 'emulated-resources', 'testing'].map(
  (name) => `docs/${name}.md`,
);

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: { Runtime: nodejs24.x, Handler: hello.handler }
`;

/** These tests are slow, because they pack the package with npm and compile an application that uses it. */
(process.env.LONG ? describe : describe.skip)('the packed package', () => {
  let app: string;
  let installed: string;

  // npm packs the package. Its dependencies are linked instead of downloaded.
  beforeAll(async () => {
    app = mkdtempSync(join(tmpdir(), 'sam-app-'));
    installed = join(app, 'node_modules/sam-offline');
    const pack = ['pack', '--silent', '--ignore-scripts=false', '--pack-destination', app];
    await run('npm', pack, { cwd: source });
    const [archive = ''] = readdirSync(app);
    mkdirSync(installed, { recursive: true });
    await run('tar', ['-xzf', join(app, archive), '-C', installed, '--strip-components=1']);
    for (const name of Object.keys(manifest().dependencies)) {
      const link = join(app, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true }); // the folder of the scope, if the package has one
      symlinkSync(findPackage(name), link);
    }
    writeFileSync(join(app, 'package.json'), '{}');
    writeFileSync(join(app, 'template.yaml'), TEMPLATE);
    writeFileSync(join(app, 'hello.ts'), 'export const handler = async () => "hello";');
  });
  afterAll(() => rmSync(app, { recursive: true }));

  const manifest = () => JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const command = (...args: string[]) => [join(installed, manifest().bin['sam-offline']), ...args];

  it('contains the command, the console, the bundles and the types, but no source files', () => {
    expect(readdirSync(installed).sort()).toEqual([
      'LICENSE',
      'README.md',
      'bin',
      'console',
      'dist',
      'docs',
      'examples',
      'package.json',
      'starter',
    ]);
    expect(readdirSync(join(installed, 'console'))).toEqual(
      expect.arrayContaining(['index.html', 'main.js', 'base.css', 'icon.svg']),
    );
    for (const name of readdirSync(join(installed, 'console'))) expect(name).toMatch(/\.(css|html|js|svg)$/);
    for (const { types, default: bundle } of [manifest().exports['.'], manifest().exports['./testing']]) {
      expect([types, existsSync(join(installed, types))]).toEqual([types, true]);
      expect([bundle, existsSync(join(installed, bundle))]).toEqual([bundle, true]);
      // jest and the vm pools of vitest reject `import()` in CommonJS files.
      expect(readFileSync(join(installed, bundle), 'utf8')).not.toMatch(/\bimport\(/);
    }
  });

  it.each(['README.md', ...PAGES])('contains the files that %s links to', (page) => {
    const text = readFileSync(join(installed, page), 'utf8');
    const targets = [...text.matchAll(/\]\(([^)\s#]+)|(?:src|srcset)="([^"]+)"/g)].map(
      ([, a, b]) => a ?? b ?? '',
    );
    const local = targets.filter((target) => !target.includes('://'));
    expect(local.filter((target) => !existsSync(join(installed, dirname(page), target)))).toEqual([]);
    if (page === 'README.md') expect(local).toEqual(expect.arrayContaining(['examples/testing', ...PAGES]));
  });

  it('contains the license of each bundled package', () => {
    const licenses = readFileSync(join(installed, 'dist/LICENSES.txt'), 'utf8');
    for (const name of Object.keys(manifest().devDependencies)) {
      expect(licenses).toMatch(new RegExp(`^${name} \\d.*: (MIT|ISC|BSD-3-Clause|Apache-2.0)$`, 'm'));
    }
  });

  it('reports a missing template in an empty folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'empty-'));
    const failure = await run(process.execPath, command('check'), { cwd: folder }).catch((error) => error);
    expect(failure).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The template cannot be read'),
    });
    rmSync(folder, { recursive: true });
  });

  it('prints its options', async () => {
    const { stdout } = await run(process.execPath, command('--help'), { cwd: app });
    expect(stdout).toContain('sam-offline [options]');
    expect(stdout).toContain('--template FILE');
  });

  it('runs a template, its console and its functions', async () => {
    const child = spawn(process.execPath, command('--port', '0'), {
      cwd: app,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const url = await waitForUrl(child);
      expect((await fetch(`${url}/_local/health`)).status).toBe(200);
      expect((await fetch(`${url}/_local/`)).status).toBe(200);
      const name = await functionName(url);
      const response = await fetch(`${url}/2015-03-31/functions/${name}/invocations`, {
        method: 'POST',
        headers: { authorization: 'x' },
      });
      expect(await response.json()).toBe('hello');
    } finally {
      child.stdout.resume();
      child.kill();
      expect(await once(child, 'exit')).toEqual([0, null]);
    }
  });

  it('exports its API to CommonJS and ES modules, with types', async () => {
    writeFileSync(
      join(app, 'app.mts'),
      `import { loadTemplate, startRuntime, startSam, type Runtime, type SamApp } from 'sam-offline';
       import { matchesPattern } from 'sam-offline/testing';
       const start: () => Promise<Runtime> = () => startRuntime({ template: 'template.yaml', port: 0 });
       export const names: string[] = loadTemplate({ file: 'template.yaml' }).functions.map(({ name }) => name);
       export const isMatch: boolean = matchesPattern({ source: ['a'] }, { source: 'a' });
       export const startForTest: () => Promise<SamApp> = () => startSam({ parameters: { Stage: 'test' } });
       // @ts-expect-error the port is required
       startRuntime({ template: 'template.yaml' });
       export default start;`,
    );
    const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
    const types = dirname(dirname(require.resolve('@types/node/package.json')));
    const options = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext'];
    const result = await run(
      process.execPath,
      [tsc, ...options, '--types', 'node', '--typeRoots', types, 'app.mts'],
      { cwd: app },
    ).catch((error: { stdout: string }) => error);
    expect(result.stdout).toBe('');
    const code = "import { startRuntime } from 'sam-offline'; console.log(typeof startRuntime)";
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], { cwd: app });
    expect(stdout).toBe('function\n');
  });

  it('creates an application with passing tests', async () => {
    const { stdout } = await run(process.execPath, command('init', 'my-app'), { cwd: app });
    expect(stdout).toContain('Next:\n  cd my-app\n  npm install\n  npm test\n');
    link('@aws-sdk');
    const created = join(app, 'my-app');
    const { scripts, devDependencies } = JSON.parse(readFileSync(join(created, 'package.json'), 'utf8'));
    expect([scripts.test, devDependencies]).toEqual([
      'node --test',
      { 'sam-offline': `^${manifest().version}` },
    ]);
    const test = join(created, 'test/chat.test.mjs');
    writeFileSync(test, waitLonger(readFileSync(test, 'utf8')));
    const result = await run(process.execPath, ['--test'], { cwd: created }).catch((error) => error);
    expect(result.stdout).toMatch(/pass 1$/m);
    writeFileSync(join(created, 'chat.test.js'), waitLonger(readExample('Write a test', 'README.md')));
    const args = [...(RUNNERS.jest?.args ?? []), 'chat.test.js'];
    const jest = await run(process.execPath, args, { cwd: created }).catch((error) => error);
    expect(jest.stderr).toContain('1 passed');
    const again = await run(process.execPath, command('init', 'my-app'), { cwd: app }).catch(
      (error) => error,
    );
    expect(again.stderr).toContain(
      'already contains chat.ts, template.yaml, test, package.json. Use another folder',
    );
  });

  it('can be published', async () => {
    const cwd = join(source, '../..');
    const args = ['publish', '--workspace', 'sam-offline', '--dry-run', '--ignore-scripts', '--json'];
    const { stdout } = await run('npm', args, {
      cwd,
      env: { ...process.env, npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' },
    });
    expect(stdout).toContain('sam-offline@');
  });

  const usual = [
    ['node --test', 'ES modules'],
    ['jest', 'CommonJS'],
    ['vitest', 'ES modules'],
  ] as const;
  const others = [
    ['node --test', 'CommonJS'],
    ['jest', 'ES modules'],
    ['vitest', 'CommonJS'],
  ] as const;
  // `npm run test:long` runs both module systems. esbuild bundles the function. vitest itself is an ES module.
  it.each(process.env.SIZES === 'long' ? [...usual, ...others] : usual)(
    'runs the documented test with %s in %s',
    async (runner, modules) => {
      const isModule = modules === 'ES modules';
      const folder = join(app, `${runner}-${modules}`.replace(/\W+/g, '-'));
      mkdirSync(folder);
      for (const name of ['@aws-sdk', 'vitest']) link(name);
      const code = readFileSync(join(EXAMPLE, 'orders.js'), 'utf8');
      writeFileSync(join(folder, 'orders.ts'), isModule ? toEsModule(code) : code);
      const template = readFileSync(join(EXAMPLE, 'template.yaml'), 'utf8');
      writeFileSync(join(folder, 'template.yaml'), template.replace('Runtime:', 'Timeout: 60\n    Runtime:'));
      const name = isModule ? readFileName(runner) : 'orders.test.js';
      // `npm init` declares CommonJS.
      const type = isModule && !name.endsWith('.mjs') ? 'module' : 'commonjs';
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }));
      const toModules = runner !== 'vitest' && !isModule ? toCommonJs : toEsModule;
      writeFileSync(join(folder, name), waitLonger(toModules(readExample(runner))));
      const { args, env } = RUNNERS[runner] as (typeof RUNNERS)[string];
      const { stdout, stderr } = await run(process.execPath, args, {
        cwd: folder,
        env: { ...process.env, NO_COLOR: '1', ...(isModule && env) },
      }).catch((error) => error);
      expect(stdout + stderr).toMatch(/pass 1$|1 passed/m);
      expect(stdout + stderr).not.toMatch(/fail [1-9]|failed/);
    },
  );

  /** Makes a package of this repository available to the application. */
  function link(name: string): void {
    const path = join(app, 'node_modules', name);
    if (!existsSync(path)) symlinkSync(findPackage(name), path);
  }

  async function functionName(url: string): Promise<string> {
    const app = (await (await fetch(`${url}/_local/app`)).json()) as { functions: { name: string }[] };
    return app.functions[0]?.name ?? '';
  }
});

describe('the version check of the command', () => {
  const { explainUnsupportedNode } = require('../bin/check-node.js');

  it.each(['20.19.0', '20.20.1', '22.12.0', '23.0.0', '24.1.0'])('accepts Node.js %s', (version) => {
    expect(explainUnsupportedNode(version)).toBeUndefined();
  });

  it.each(['12.22.12', '18.20.0', '20.10.0', '21.7.3', '22.11.0'])('rejects Node.js %s', (version) => {
    expect(explainUnsupportedNode(version)).toContain(
      `Node.js ${version} is not supported. Install Node.js 24`,
    );
  });

  it('rejects an unsupported version before it loads other modules', async () => {
    const code = `Object.defineProperty(process.versions, 'node', { value: '20.10.0' }); require('./bin/sam-offline.js')`;
    const result = await run(process.execPath, ['--eval', code], { cwd: source }).catch((error) => error);
    expect(result).toMatchObject({ code: 1, stdout: '', stderr: explainUnsupportedNode('20.10.0') });
  });
});

const EXAMPLE = join(source, 'examples/testing');

/** The arguments of Node.js for each test runner, with longer timeouts for hooks and tests. */
const RUNNERS: Record<string, { args: string[]; env?: Record<string, string> }> = {
  'node --test': { args: ['--test'] },
  jest: {
    args: [join(findPackage('jest'), 'bin/jest.js'), '--rootDir=.', '--testTimeout=60000'],
    env: { NODE_OPTIONS: '--experimental-vm-modules' },
  },
  vitest: {
    args: [join(findPackage('vitest'), 'vitest.mjs'), 'run', '--testTimeout=60000', '--hookTimeout=60000'],
  },
};

/** Returns the text of a section of a page. */
function readSection(title: string, page = 'docs/testing.md'): string {
  return readFileSync(join(source, page), 'utf8').split(`\n## ${title}\n`)[1] ?? '';
}

/** Returns the first example in a section. */
function readExample(section: string, page?: string): string {
  return /```js\n(.*?)```/s.exec(readSection(section, page))?.[1] ?? '';
}

/** Returns the file name for the example in a section of `docs/testing.md`. */
function readFileName(section: string): string {
  return /save the test as `(.+?)`/i.exec(readSection(section))?.[1] ?? '';
}

function toCommonJs(code: string): string {
  return code
    .replace(/^import (.+) from ('.+');$/gm, 'const $1 = require($2);')
    .replaceAll('import.meta.dirname', '__dirname');
}

function toEsModule(code: string): string {
  return code
    .replace(/^const (.+) = require\(('.+')\);$/gm, 'import $1 from $2;')
    .replace(/^exports\.(\w+) =/gm, 'export const $1 =')
    .replaceAll('__dirname', 'import.meta.dirname');
}

/** Increases the timeouts of `nextJson` and `waitFor`. A busy machine may need more than the default of five seconds. */
function waitLonger(code: string): string {
  return code
    .replaceAll('.nextJson()', '.nextJson({}, { timeoutMs: 60_000 })')
    .replace(/(\.waitFor\(.+?\})\)/g, '$1, { timeoutMs: 60_000 })');
}

/** Returns the folder of an installed package. Not every package exports its package.json. */
function findPackage(name: string): string {
  for (let folder = source; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) throw new Error(`${name} is not installed`);
  }
}

async function waitForUrl(child: ChildProcess): Promise<string> {
  let output = '';
  // The process continues to write, so its output stream must stay open.
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    output += chunk;
    const url = /Ready on (http:\S+)/.exec(output)?.[1];
    if (url !== undefined && output.includes('Stop:')) return url.replace('localhost', '127.0.0.1');
  }
  throw new Error(`The command exited: ${output}`);
}
