import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RuntimeOptions, startRuntime } from '../src/app/runtime';
import type { SetupPlan } from '../src/app/setup';
import { createSetupAuthorizer, type TrustOptions } from '../src/cli/trust';

let folder: string;
let root: string;
let elsewhere: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'trust-')));
  process.env.SAM_OFFLINE_CACHE = join(folder, 'cache');
  root = join(folder, 'app');
  elsewhere = join(folder, 'elsewhere');
  for (const path of [root, elsewhere]) mkdirSync(path);
});

afterEach(() => {
  delete process.env.SAM_OFFLINE_CACHE;
  rmSync(folder, { recursive: true, force: true });
});

const SDK = { version: 'v3', name: '@aws-sdk/client-sns', logicalIds: ['F'] } as const;

/** Decides about a plan as a new process would. `answer` is the answer of the user in a terminal. */
async function decide(plan: Partial<SetupPlan>, options: Partial<TrustOptions> = {}, answer?: boolean) {
  const questions: string[] = [];
  const lines: string[] = [];
  const ask = async (question: string) => {
    questions.push(question);
    return answer === true;
  };
  const authorize = createSetupAuthorizer({
    yes: false,
    install: undefined,
    ask: answer === undefined ? undefined : ask,
    print: (line) => lines.push(line),
    commandFolder: elsewhere,
    ...options,
  });
  const permissions = await authorize({ root, missing: { folders: [], sdk: [] }, ...plan });
  return { permissions, questions, lines };
}

const BUILD = { buildCommand: ['node', 'build.mjs'] };
const DEPENDENCIES = { missing: { folders: ['/app/code'], sdk: [SDK] } };
const ONLY_SDK = { missing: { folders: [], sdk: [SDK] } };
const ALL = { installsDependencies: true, installsSdk: true, builds: true };
const NONE = { installsDependencies: false, installsSdk: false, builds: false };

describe('a folder that is not trusted', () => {
  it('causes one question that lists all commands to run', async () => {
    const plan = { ...BUILD, ...DEPENDENCIES };
    const first = await decide(plan, {}, true);
    expect(first.permissions).toEqual(ALL);
    expect(first.questions).toEqual([
      expect.stringContaining('npm install in /app/code\n  node build.mjs\n'),
    ]);
    expect(first.questions[0]).toContain('@aws-sdk/client-sns');
    expect(await decide(plan, {}, false)).toEqual({ permissions: ALL, questions: [], lines: [] });
  });

  it('escapes control characters of the command in the question', async () => {
    const { questions } = await decide({ buildCommand: ['sh', '-c', 'evil\u001b[2K\r'] }, {}, false);
    expect(questions[0]).toContain('\n  sh -c "evil\\u001b[2K\\r"\n');
  });

  it('runs nothing after the answer no, and does not repeat the question', async () => {
    const refused = expect.stringMatching(/node build\.mjs\n.*--yes/);
    const first = await decide(BUILD, {}, false);
    expect(first).toMatchObject({ permissions: NONE, lines: [refused] });
    const second = await decide(BUILD, {}, true);
    expect(second).toEqual({ permissions: NONE, questions: [], lines: [refused] });
  });

  it('runs no code without a terminal, and prints the option that allows it', async () => {
    const { permissions, lines } = await decide({ ...BUILD, ...DEPENDENCIES });
    expect(permissions).toEqual({ ...NONE, installsSdk: true });
    expect(lines).toEqual([
      expect.stringMatching(/npm install in \/app\/code\n {2}node build\.mjs\n.*--yes/),
    ]);
    expect((await decide(BUILD, {}, true)).questions).toHaveLength(1);
  });

  it('is trusted permanently after --yes', async () => {
    await decide(BUILD, {}, false);
    expect((await decide(BUILD, { yes: true })).permissions).toEqual(ALL);
    expect((await decide(BUILD)).permissions).toEqual(ALL);
  });

  it('cannot contain the answer of the user', async () => {
    mkdirSync(join(root, 'cache/trust'), { recursive: true });
    await decide(BUILD, { yes: true });
    const [name = ''] = readdirSync(join(folder, 'cache/trust'));
    const answer = readFileSync(join(folder, 'cache/trust', name));
    rmSync(join(folder, 'cache'), { recursive: true });
    writeFileSync(join(root, 'cache/trust', name), answer);
    expect((await decide(BUILD)).permissions.builds).toBe(false);
  });
});

describe('packages of the Lambda runtime', () => {
  it('are installed after a question in a terminal', async () => {
    const { permissions, questions } = await decide(ONLY_SDK, {}, true);
    expect(permissions).toEqual({ ...NONE, installsSdk: true });
    expect(questions).toEqual([expect.stringContaining(`into ${join(folder, 'cache')}.\nInstall it?`)]);
    expect((await decide(ONLY_SDK, {}, false)).permissions).toEqual(NONE);
  });

  it('are installed without a terminal', async () => {
    expect((await decide(ONLY_SDK)).permissions.installsSdk).toBe(true);
  });
});

describe('options', () => {
  it('--no-install installs no packages and asks no question, even with --yes', async () => {
    const plan = { ...DEPENDENCIES };
    expect(await decide(plan, { install: false }, true)).toEqual({
      permissions: NONE,
      questions: [],
      lines: [],
    });
    expect((await decide({ ...plan, ...BUILD }, { install: false, yes: true })).permissions).toEqual({
      ...NONE,
      builds: true,
    });
  });

  it('--install installs packages, but does not allow the build', async () => {
    const { permissions } = await decide({ ...DEPENDENCIES, ...BUILD }, { install: true });
    expect(permissions).toEqual({ ...ALL, builds: false });
  });
});

describe('a folder that contains the running command', () => {
  it.each([
    ['builds if the command is in its source folder', 'packages/sam-offline/dist', true],
    ['builds if the command is in its node_modules folder', 'node_modules/sam-offline/dist', true],
    [
      'does not build if the command is in the cache of npx',
      '.npm/_npx/1/node_modules/sam-offline/dist',
      false,
    ],
  ])('%s', async (_where, path, builds) => {
    const commandFolder = join(root, path);
    mkdirSync(commandFolder, { recursive: true });
    expect((await decide(BUILD, { commandFolder })).permissions.builds).toBe(builds);
  });
});

describe('the runtime', () => {
  const TEMPLATE = `
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Metadata:
      Website:
        Folder: web
        Build: { Command: [node, -e, "fs.writeFileSync('built', '')"], Sources: [source] }
`;

  it.each([
    ['runs', true],
    ['does not run', false],
  ])('%s the build command if builds is %s', async (_what, builds) => {
    writeFileSync(join(root, 'template.yaml'), TEMPLATE);
    const plans: SetupPlan[] = [];
    const authorizeSetup: RuntimeOptions['authorizeSetup'] = async (plan) => {
      plans.push(plan);
      return { ...NONE, builds };
    };
    const runtime = await startRuntime({ template: join(root, 'template.yaml'), port: 0, authorizeSetup });
    await fetch(`http://127.0.0.1:${runtime.port}/`);
    while (builds && !readdirSync(root).includes('built')) await new Promise((next) => setTimeout(next, 20));
    await runtime.close();
    expect(plans).toEqual([
      expect.objectContaining({ root, buildCommand: expect.arrayContaining(['node']) }),
    ]);
    expect(readdirSync(root).includes('built')).toBe(builds);
  });

  it('starts with a notice if packages cannot be installed', async () => {
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/npm'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const template = `
Transform: AWS::Serverless-2016-10-31
Resources:
  F: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs24.x, Handler: app.handler } }
`;
    writeFileSync(join(root, 'template.yaml'), template);
    writeFileSync(join(root, 'app.js'), "require('@aws-sdk/client-nobody');");
    const notices: object[] = [];
    const path = process.env.PATH;
    process.env.PATH = join(folder, 'bin');
    try {
      const runtime = await startRuntime({
        template: join(root, 'template.yaml'),
        port: 0,
        authorizeSetup: async () => ({ ...NONE, installsSdk: true }),
        onNotice: (notice) => notices.push(notice),
      });
      await runtime.close();
    } finally {
      process.env.PATH = path;
    }
    expect(notices).toEqual([
      { message: expect.stringContaining('npm could not install @aws-sdk/client-nobody') },
      { message: expect.stringContaining('@aws-sdk/client-nobody of the Lambda runtime is not installed') },
      { message: expect.stringContaining('Not running: function F\napp.js:1:9: Could not resolve') },
    ]);
  });
});
