import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clientSize } from '../../bench/client-size';
import type * as published from '../../client/src/protocol';
import type { EntryFrame, Push, pushes, Reply, replies } from '../../functions/chat/protocol/replies';
import { startStack } from '../support/stack';
import { root } from '../support/template';

const run = promisify(execFile);
const MOST_BYTES = 6 * 1024;

/** The client as somebody has it who installed it. */
describe('the published client', () => {
  let app: string;
  let installed: string;

  beforeAll(async () => {
    app = mkdtempSync(join(tmpdir(), 'roomcast-app-'));
    installed = join(app, 'node_modules/@roomcast/client');
    mkdirSync(installed, { recursive: true });
    cpSync(join(root, 'client/package.json'), join(installed, 'package.json'));
    await run(process.execPath, [join(root, 'client/build.mjs'), join(installed, 'dist')]);
    symlinkSync(join(root, 'node_modules/ws'), join(app, 'node_modules/ws'));
  });
  afterAll(() => rmSync(app, { recursive: true }));

  it('is under 6 KB, gzipped', async () => {
    const [client] = await clientSize();
    expect(client?.gzipped).toBeLessThan(MOST_BYTES);
  });

  it('depends on nothing, nor do its types', () => {
    expect(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))).not.toHaveProperty(
      'dependencies',
    );
    const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
    const types = files.filter((file) => file.endsWith('.d.ts'));
    expect(types.length).toBeGreaterThan(5);
    for (const file of types) {
      const text = readFileSync(join(installed, 'dist', file), 'utf8');
      for (const [, from] of text.matchAll(/from '([^']*)'/g)) expect(from).toMatch(/^\.{1,2}\/.*\.js$/);
      expect(text).not.toMatch(/import\(|\/\/\/ <reference/);
    }
  });

  it.each(['nodenext', 'bundler'])(
    'has types that a strict app can use, with resolution %s',
    async (resolution) => {
      writeFileSync(
        join(app, 'app.mts'),
        `import { connect, ProblemError, type Room } from '@roomcast/client';
       const client = connect('ws://localhost', { token: async () => 'a.b.c' });
       const room: Room = await client.join('lobby', { resume: { epoch: 'e', lastSeq: 1 } });
       room.on('message', ({ seq, text }) => [seq.toFixed(), text.trim()]);
       room.on('outgoing', (one) => (one.status === 'failed' ? one.error.problem.status : one.clientMsgId));
       const sending = room.send('hello');
       export const id: string = sending.clientMsgId;
       export const seq: number = (await sending).seq;
       export const isProblem = (error: unknown) => error instanceof ProblemError && error.type;
       // @ts-expect-error there is no such event
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

  it('runs the example of its README against the runtime', async () => {
    const readme = readFileSync(join(root, 'client/README.md'), 'utf8');
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

/** True if both types are one and the same; checked by `npm run typecheck`. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = { [K in keyof T]: T[K] };
type WithId<T extends keyof typeof replies> = Flat<Reply<T> & { id?: string }>;
type PushOf<T extends keyof typeof pushes> = Flat<Push<T>>;

it('has the types of the definition', () => {
  const same: [
    Same<Flat<published.JoinedReply>, WithId<'joined'>>,
    Same<Flat<published.AckReply>, WithId<'ack'>>,
    Same<Flat<published.PongReply>, WithId<'pong'>>,
    Same<Flat<published.MessagePush>, PushOf<'message'>>,
    Same<Flat<published.Entry>, Flat<EntryFrame>>,
  ] = [true, true, true, true, true];
  expect(same).not.toContain(false);
});
