import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../../testbed/template';

interface Step {
  uses?: string;
  run?: string;
}
interface Workflow {
  permissions?: object;
  jobs: Record<string, { steps?: Step[]; uses?: string; 'timeout-minutes'?: number }>;
}

const folder = join(root, '.github', 'workflows');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

describe.each(readdirSync(folder))('workflow %s', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  const workflow: Workflow = parse(text);
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps ?? []);

  it('pins every action to a full commit hash, with the version in a comment', () => {
    const lines = text.split('\n').filter((line) => line.includes('uses:') && !line.includes('uses: ./'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('declares permissions and timeouts', () => {
    expect(workflow.permissions).toBeDefined();
    const own = Object.values(workflow.jobs).filter(({ uses }) => uses === undefined);
    for (const job of own) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  it('runs only scripts that exist', () => {
    const called = steps.flatMap(({ run = '' }) => [
      ...run.matchAll(/npm run (?!.*--if-present)(?:--silent )?([\w:-]+)/g),
    ]);
    for (const [, script = ''] of called) expect(Object.keys(scripts)).toContain(script);
  });
});

it('runs every test script in CI', () => {
  const ci = readFileSync(join(folder, 'ci.yml'), 'utf8');
  const sameTests = ['test:e2e', 'test:repeat', 'test:slow']; // included in `test` or `test:long`, or runs `test` several times
  const tests = Object.keys(scripts).filter((name) => name.startsWith('test') && !sameTests.includes(name));
  expect(tests).toContain('test:long');
  for (const name of tests) expect(ci).toMatch(new RegExp(`npm (run )?${name}\\b(?!:)`));
});
