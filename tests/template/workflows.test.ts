import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../support/template';

interface Job {
  steps?: { name?: string; uses?: string; run?: string }[];
}

const folder = join(root, '.github/workflows');
const jobs = readdirSync(folder).flatMap((file) => {
  const workflow = parse(readFileSync(join(folder, file), 'utf8')) as { jobs: Record<string, Job> };
  return Object.entries(workflow.jobs).map(([name, { steps = [] }]) => ({ name: `${file}: ${name}`, steps }));
});

describe('workflows', () => {
  it('install and build before they assume a role in AWS', () => {
    const deploying = jobs.filter(({ steps }) => steps.some(({ uses }) => uses?.includes('configure-aws')));
    expect(deploying.length).toBeGreaterThan(0);
    for (const { steps } of deploying) {
      const assumes = steps.findIndex(({ uses }) => uses?.includes('configure-aws'));
      const before = steps.slice(0, assumes).map(({ run }) => run ?? '');
      const after = steps.slice(assumes).map(({ run }) => run ?? '');
      expect(before.join('\n')).toMatch(/npm ci --ignore-scripts.*sam build/s);
      expect(after.filter((run) => /npm (?:ci|install)|npx |pip|sam build/.test(run))).toEqual([]);
    }
  });
});

describe('scripts', () => {
  it('install Python packages with hashes only', () => {
    const scripts = readdirSync(join(root, 'scripts')).filter((name) => name.endsWith('.sh'));
    const text = scripts.map((name) => readFileSync(join(root, 'scripts', name), 'utf8')).join('\n');
    const pip = text.match(/^(?! *#).*\bpip\b.* install.*$/gm) ?? [];
    expect(pip).toHaveLength(1);
    expect(pip[0]).toContain('--require-hashes --requirement "$requirements"');
    const files = [...text.matchAll(/\{ install_python_tools \S+ ([\w./-]+)/g)].map(
      ([, file]) => file as string,
    );
    expect(files).toHaveLength(3);
    for (const file of files) {
      const requirements = readFileSync(join(root, file), 'utf8').match(/^[a-z].*(?:\n +--hash=.*)*/gm) ?? [];
      expect(requirements.length).toBeGreaterThan(10);
      expect(requirements.filter((each) => !/==\S+.*\n +--hash=sha256:[0-9a-f]{64}/.test(each))).toEqual([]);
    }
  });
});
