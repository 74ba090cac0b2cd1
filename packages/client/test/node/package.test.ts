import { execFile } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startStack } from '../../../../testbed/stack';
import { root } from '../../../../testbed/template';
import { measureClientSize } from '../support/client-size';

const run = promisify(execFile);
/** Replacing a token without a reconnect adds 180 bytes, moderation 780 bytes, and cancelling a message 45 bytes. */
const MAX_BYTES = 8.5 * 1024;

/** Packs the client and installs the archive in an empty folder. This is slow, because it runs npm, tsc and a runtime. */
(process.env.LONG ? describe : describe.skip)('published package', () => {
  let app: string;
  let installed: string;

  // `prepack` builds the package, so the user's npm configuration must not disable scripts.
  beforeAll(async () => {
    app = mkdtempSync(join(tmpdir(), 'roomcast-app-'));
    installed = join(app, 'node_modules/@roomcast/client');
    rmSync(join(root, 'packages/client/dist'), { recursive: true, force: true });
    const pack = ['pack', '--silent', '--ignore-scripts=false', '--pack-destination', app];
    await run('npm', pack, { cwd: join(root, 'packages/client') });
    const [archive = ''] = readdirSync(app);
    writeFileSync(join(app, 'package.json'), '{}');
    const install = ['install', '--silent', '--offline', '--ignore-scripts', '--prefix', app];
    await run('npm', [...install, join(app, archive)], { cwd: app });
    symlinkSync(join(root, 'node_modules/ws'), join(app, 'node_modules/ws'));
  });
  afterAll(() => rmSync(app, { recursive: true }));

  const readManifest = () => JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

  it('is under 8.5 KB, minified and gzipped', async () => {
    const [client] = await measureClientSize();
    expect(client?.gzipped).toBeLessThan(MAX_BYTES);
  });

  it('contains the build, the license and the README, and is not private', () => {
    const files = listFiles(installed);
    expect(files.filter((file) => !file.startsWith('dist/'))).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.js.map', 'dist/index.d.ts']));
    for (const file of files) expect(file).toMatch(/^(?:dist\/.*\.(?:js|js\.map|d\.ts)|[^/]+)$/);
    expect(readManifest()).not.toHaveProperty('private');
  });

  it('has a readable bundle', () => {
    const lines = readFileSync(join(installed, 'dist/index.js'), 'utf8').split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200);
  });

  it('has no dependencies, and its types import only files of the package', () => {
    expect(readManifest()).not.toHaveProperty('dependencies');
    const files = listFiles(join(installed, 'dist'));
    const types = files.filter((file) => file.endsWith('.d.ts'));
    expect(types.length).toBeGreaterThan(5);
    for (const file of types) {
      const text = readFileSync(join(installed, 'dist', file), 'utf8');
      for (const [, from] of text.matchAll(/from '([^']*)'/g)) expect(from).toMatch(/^\.{1,2}\/.*\.js$/);
      expect(text).not.toMatch(/import\(|\/\/\/ <reference/);
    }
  });

  it.each(['nodenext', 'bundler'])(
    'type-checks in strict apps with module resolution %s',
    async (resolution) => {
      writeFileSync(
        join(app, 'app.mts'),
        `import { connect, ProblemError, type LogPosition, type Place, type Room } from '@roomcast/client';
       const client = connect('ws://localhost', { token: async () => 'a.b.c' });
       const resume: LogPosition & Place = { epoch: 'e', lastSeq: 1 };
       const room: Room = await client.join('lobby', { resume });
       room.on('message', ({ seq, text }) => [seq.toFixed(), text.trim()]);
       room.on('outgoing', (one) => (one.status === 'failed' ? one.error.problem.status : one.clientMsgId));
       const sending = room.send('hello');
       export const id: string = sending.clientMsgId;
       export const seq: number = (await sending).seq;
       export const isProblem = (error: unknown) => error instanceof ProblemError && error.type;
       // @ts-expect-error unknown event
       room.on('nonsense', () => {});`,
      );
      const module = resolution === 'nodenext' ? 'nodenext' : 'esnext';
      const options = ['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2022', '--types', ''];
      const tsc = [join(root, 'node_modules/typescript/bin/tsc'), ...options, '--module', module];
      const result = await run(process.execPath, [...tsc, '--moduleResolution', resolution, 'app.mts'], {
        cwd: app,
      }).catch((error: { stdout: string }) => error);
      expect(result.stdout).toBe('');
    },
  );

  it('runs the README example against the local runtime', async () => {
    const readme = readFileSync(join(root, 'packages/client/README.md'), 'utf8');
    const example = /<!-- example:.*-->\n\n```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    writeFileSync(join(app, 'example.mjs'), example);
    const stack = await startStack();
    try {
      const env = { ...process.env, WS_URL: stack.wsUrl };
      const { stdout } = await run(process.execPath, ['example.mjs'], { cwd: app, env });
      expect(stdout).toBe('1: Ada says: The kettle is on.\n');
    } finally {
      await stack.stop();
    }
  });
});

/** Returns the sorted paths of all files in a folder and its subfolders. */
function listFiles(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => statSync(join(folder, path)).isFile()).sort();
}
