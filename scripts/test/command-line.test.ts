import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../testbed/template';

type Stack = typeof import('../stack');
type Main = Parameters<Stack['runMain']>[0];

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { runMain } = jest.requireActual<Stack>('../stack');

/** The function that the most recently loaded script passed to `runMain`. */
let mockMain: Main | undefined;
jest.mock('../stack', () => ({
  ...jest.requireActual('../stack'),
  runMain: (main: Main) => {
    mockMain = main;
  },
}));

/** The function that each script passes to `runMain`. A script calls `runMain` once, when it is loaded. */
const mains = new Map<string, Main>();

function loadScript(script: string): Main {
  const known = mains.get(script);
  if (known) return known;
  mockMain = undefined;
  const file = scripts[script].split(' ').at(-1);
  require(join(root, file));
  if (!mockMain) throw new Error(`${file} does not call runMain.`);
  mains.set(script, mockMain);
  return mockMain;
}

/**
 * Runs an npm script in this process, because a new process would load tsx and the SDK again. Resolves when the script prints
 * its first output.
 */
async function runScript(script: string, ...args: string[]) {
  const main = loadScript(script);
  const { argv, exitCode } = process;
  const written = { stdout: '', stderr: '' };
  const spies: jest.SpyInstance[] = [];
  try {
    await new Promise<void>((resolve) => {
      for (const stream of ['stdout', 'stderr'] as const) {
        const spy = jest.spyOn(process[stream], 'write').mockImplementation((text) => {
          written[stream] += text;
          setImmediate(resolve);
          return true;
        });
        spies.push(spy);
      }
      process.exitCode = 0;
      process.argv = [...argv.slice(0, 2), ...args];
      runMain(main);
    });
    return { code: process.exitCode, ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.argv = argv;
    process.exitCode = exitCode;
  }
}

it.each(['admin redrive', 'admin restore', 'admin sessions', 'smoke', 'verify:aws', 'deploy:web', 'bench'])(
  'npm run %s -- --help prints the usage',
  async (command) => {
    const [script = '', ...args] = command.split(' ');
    const { code, stdout, stderr } = await runScript(script, ...args, '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`\n  npm run ${script} -- `);
    expect(stdout).toMatch(/^ {2}--help +show this text$/m);
  },
);

it.each(['', '--help'])('npm run admin -- %s lists the subcommands', async (argument) => {
  const { code, stdout, stderr } = await runScript('admin', ...argument.split(' ').filter(Boolean));
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^ {2}redrive .*\n {2}restore .*\n {2}rights .*\n {2}sessions .*\n {2}token /m);
});

it.each([
  ['admin session', 'Unknown command "session".'],
  ['admin sessions --limitt 3', "Unknown option '--limitt'"],
  ['admin sessions roomcast', 'Unknown argument "roomcast".'],
  ['bench client-sise', 'Unknown argument "client-sise". Use one of: client-size,'],
  ['smoke --port x', '--port "x" is not a valid number. Use 1 to 999999.'],
  ['verify:aws', 'No stack selected. Use --stack NAME or --local.'],
  ['deploy:web --delete', 'No stack selected. Use --stack NAME.'],
])('npm run %s prints the error and the usage', async (commandLine, message) => {
  const [script = '', ...args] = commandLine.split(' ');
  const { code, stdout, stderr } = await runScript(script, ...args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(message);
  expect(stderr).toContain(`\n  npm run ${script} -- `);
});

/** Runs the script as a process, to test that scripts start and exit correctly. */
it('npm run smoke fails if no runtime listens on the port', async () => {
  const [, ...command] = scripts.smoke.split(' ');
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', ...command, '--port', '1'], {
    cwd: root,
  });
  await expect(run).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'No runtime found on port 1. Run npm start, or select a deployed stack with --stack.\n',
  });
});
