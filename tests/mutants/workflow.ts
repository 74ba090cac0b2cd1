// Runs the workflow tests against mutants of the workflow definition, and prints the mutants that no test detects.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createWorkflowMutants } from './workflow-mutants';

const root = join(__dirname, '..', '..');
const definitionFile = join('statemachines', 'fan-out.asl.json');
const testFiles = 'tests/integration/fan-out';
/** The share of mutants that the tests must detect. */
const threshold = 0.97;

/** Copies the tracked files to a temporary directory, so that the working tree does not change. */
function copyRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'roomcast-mutants-'));
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .trim()
    .split('\n');
  for (const file of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function passes(folder: string): boolean {
  const jest = [
    join(root, 'node_modules/jest/bin/jest.js'),
    '--config',
    'tests/mutants/jest.config.js',
    testFiles,
  ];
  // Runs the tests in band, because workers would continue to run after `--bail`, concurrently with the tests of the next
  // mutant.
  const args = [...jest, '--bail', '--runInBand'];
  return spawnSync(process.execPath, args, { cwd: folder, stdio: 'ignore' }).status === 0;
}

function main(): void {
  const folder = copyRepository();
  try {
    if (!passes(folder)) throw new Error(`${testFiles} fails without a mutation.`);
    const mutants = createWorkflowMutants(JSON.parse(readFileSync(join(root, definitionFile), 'utf8')));
    const survivors = mutants.filter(({ path, change, definition }, index) => {
      writeFileSync(join(folder, definitionFile), JSON.stringify(definition));
      const survived = passes(folder);
      const verdict = survived ? 'SURVIVED' : 'killed  ';
      process.stdout.write(`${index + 1}/${mutants.length}  ${verdict}  ${path}: ${change}\n`);
      return survived;
    });
    const killed = 1 - survivors.length / mutants.length;
    process.stdout.write(`${(100 * killed).toFixed(1)}% of ${mutants.length} workflow mutants killed.\n`);
    if (killed < threshold) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
