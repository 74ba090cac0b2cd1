import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../../../testbed/template';

const run = promisify(execFile);
const packages = join(root, 'packages');

/** Builds both packages and installs them in an empty folder. This is slow, because it runs npm and tsc. */
(process.env.LONG ? describe : describe.skip)('published package', () => {
  let app: string;
  let installed: string;

  beforeAll(async () => {
    app = mkdtempSync(join(tmpdir(), 'roomcast-react-'));
    installed = join(app, 'node_modules/@roomcast/react');
    const client = join(app, 'node_modules/@roomcast/client');
    const build = [join(packages, 'build-package.mjs'), join(client, 'dist')];
    await run(process.execPath, build, { cwd: join(packages, 'client') });
    cpSync(join(packages, 'client/package.json'), join(client, 'package.json'));
    const pack = ['pack', '--silent', '--ignore-scripts=false', '--pack-destination', app];
    await run('npm', pack, { cwd: join(packages, 'react') });
    const archive = readdirSync(app).find((name) => name.endsWith('.tgz')) ?? '';
    await run('tar', ['-xzf', archive], { cwd: app });
    cpSync(join(app, 'package'), installed, { recursive: true });
    for (const name of ['react', 'react-dom', '@types'])
      symlinkSync(join(root, 'node_modules', name), join(app, 'node_modules', name));
    writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rmSync(app, { recursive: true }));

  it('contains the build, the license and the README, and has only peer dependencies', () => {
    expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('dependencies');
    expect(Object.keys(manifest.peerDependencies)).toEqual(['@roomcast/client', 'react']);
    const code = readFileSync(join(installed, 'dist/index.js'), 'utf8');
    const imports = [...code.matchAll(/from "([^"]*)"/g)].map(([, name]) => name);
    expect(new Set(imports)).toEqual(new Set(['react', '@roomcast/client']));
  });

  it.each(['nodenext', 'bundler'])(
    'type-checks in strict apps with module resolution %s',
    async (resolution) => {
      cpSync(join(packages, 'react/example/chat.tsx'), join(app, 'chat.tsx'));
      writeFileSync(
        join(app, 'app.tsx'),
        `import { connect, type Room } from '@roomcast/client';
         import { useMembers, useMessages, useRoom, type RoomMember } from '@roomcast/react';
         export function App() {
           const { room, status, role, error } = useRoom(connect('ws://localhost'), 'lobby', { invite: 'code' });
           const handle: Room | undefined = room;
           const reason: string | undefined = status === 'left' ? error?.type : role;
           const { messages, pending, loadOlder } = useMessages(handle);
           const members: readonly RoomMember[] = useMembers(room).members;
           // @ts-expect-error the state is read-only
           messages.push(messages[0]);
           return <button onClick={loadOlder}>{[reason, messages[0]?.seq, pending[0]?.status, members[0]?.username]}</button>;
         }`,
      );
      const module = resolution === 'nodenext' ? 'nodenext' : 'esnext';
      const options = ['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2022,dom', '--types', ''];
      const tsc = [join(root, 'node_modules/typescript/bin/tsc'), ...options, '--jsx', 'react-jsx'];
      const files = ['app.tsx', 'chat.tsx'];
      const args = [...tsc, '--module', module, '--moduleResolution', resolution, ...files];
      const result = await run(process.execPath, args, { cwd: app }).catch(
        (error: { stdout: string }) => error,
      );
      expect(result.stdout).toBe('');
    },
  );

  it('renders in Node.js', async () => {
    writeFileSync(
      join(app, 'app.mjs'),
      `import { useRoom } from '@roomcast/react';
       import { createElement } from 'react';
       import { renderToString } from 'react-dom/server';
       console.log(renderToString(createElement(() => useRoom(undefined, 'lobby').status)));`,
    );
    const { stdout } = await run(process.execPath, ['app.mjs'], { cwd: app });
    expect(stdout).toBe('joining\n');
  });
});
