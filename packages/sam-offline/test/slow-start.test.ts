import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeBuild } from '../src/bundler/describe-build';
import { printIfSlow } from '../src/system/slow-start';
import { fn } from './support/lambda';

describe('the progress message', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('is printed when the process has run for half a second', () => {
    const lines: string[] = [];
    printIfSlow('Bundling', (line) => lines.push(line), 200);
    jest.advanceTimersByTime(299);
    expect(lines).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(lines).toEqual(['Bundling …']);
  });

  it('is not printed if the step has ended', () => {
    const lines: string[] = [];
    printIfSlow('Bundling', (line) => lines.push(line), 200)();
    jest.runAllTimers();
    expect(lines).toEqual([]);
  });
});

describe('the description of a build', () => {
  const root = mkdtempSync(join(tmpdir(), 'build-'));
  afterAll(() => rmSync(root, { recursive: true }));
  const createFunction = (name: string) => {
    const file = `${name}.ts`;
    writeFileSync(join(root, file), '');
    return { ...fn(name, `${name}.handler`), codeUri: root };
  };

  it.each([
    [['a'], 'Bundling 1 function: a.ts'],
    [['a', 'a', 'b'], 'Bundling 3 functions: a.ts, b.ts'],
    [['a', 'b', 'c', 'd'], 'Bundling 4 functions: a.ts, b.ts, c.ts and 1 more file'],
    [[], 'Starting'],
  ])('names the files of %j', (names, description) => {
    expect(describeBuild({ functions: names.map(createFunction), root })).toBe(description);
  });
});

describe('the build of the command in a cloned repository', () => {
  const root = mkdtempSync(join(tmpdir(), 'clone-'));
  beforeAll(() => {
    for (const folder of ['src', 'node_modules/esbuild']) mkdirSync(join(root, folder), { recursive: true });
    copyFileSync(join(__dirname, '../build.js'), join(root, 'build.js'));
    writeFileSync(join(root, 'package.json'), '{"dependencies":{}}');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  /** Runs `build.js --if-stale` with a fake esbuild module. `body` is the code of its build function. */
  const runBuild = (body: string) => {
    writeFileSync(
      join(root, 'node_modules/esbuild/index.js'),
      `exports.build = async () => { ${body}; return { outputFiles: [] }; };\nexports.stop = async () => undefined;`,
    );
    return spawnSync(process.execPath, ['build.js', '--if-stale'], { cwd: root, encoding: 'utf8' });
  };

  it('is announced if it takes more than half a second, and does not run again', () => {
    const untilAnnounced =
      'await new Promise((done) => { process.stderr.write = (text) => { process.stdout.write(text); done(); }; })';
    const { status, stdout } = runBuild(untilAnnounced);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'Building sam-offline: src …\n' });
    expect(runBuild("throw new Error('built twice')").status).toBe(0);
  });

  it('prints nothing if it is quick, and exits with status 1 if it fails', () => {
    writeFileSync(join(root, 'src/changed.ts'), '');
    const failed = runBuild("throw new Error('broken')");
    expect(failed.status).toBe(1);
    expect(failed.stderr).toContain('broken');
    const { status, stderr } = runBuild('');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(existsSync(join(root, 'dist/.fingerprint'))).toBe(true);
  });
});
