import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../../testbed/template';

interface Update {
  'package-ecosystem': string;
  directory?: string;
  directories?: string[];
  schedule: { interval: string };
  groups: object;
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
const locks = tracked.filter((path) => path.endsWith('package-lock.json'));
const { updates }: { updates: Update[] } = parse(read('.github/dependabot.yml'));

/** Returns the folders of files as absolute paths from the repository root, as Dependabot expects them. */
const foldersOf = (paths: string[]) => [...new Set(paths.map((path) => join('/', dirname(path))))].sort();

describe('.github/dependabot.yml', () => {
  it.each([
    ['npm', foldersOf(locks)],
    ['pip', foldersOf(tracked.filter((path) => path.endsWith('requirements.txt')))],
    ['github-actions', ['/']],
  ])('proposes %s updates in %j', (ecosystem, folders) => {
    const update = updates.find((each) => each['package-ecosystem'] === ecosystem);
    expect([update?.directory ?? update?.directories].flat().sort()).toEqual(folders);
    expect(update?.schedule.interval).toMatch(/^(?:weekly|monthly)$/);
    expect(Object.keys(update?.groups ?? {})).not.toEqual([]);
  });
});

describe('npm packages', () => {
  it.each(locks)('lists and disables all install scripts in %s', (path) => {
    const { packages } = JSON.parse(read(path)) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const { allowScripts = {} } = JSON.parse(read(join(dirname(path), 'package.json')));
    const withScripts = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([folder]) => folder.replace(/^.*node_modules\//, ''));
    expect(Object.keys(allowScripts).sort()).toEqual([...new Set(withScripts)].sort());
    expect(Object.values(allowScripts).filter((isAllowed) => isAllowed !== false)).toEqual([]);
  });

  it('verifies the registry signatures of packages in CI', () => {
    const { jobs } = parse(read('.github/workflows/ci.yml')) as {
      jobs: Record<string, { steps: { run?: string }[] }>;
    };
    const commands = Object.values(jobs).map(({ steps }) => steps.map(({ run = '' }) => run));
    const auditing = commands.filter((runs) => runs.includes('npm audit signatures'));
    expect(auditing).toHaveLength(1);
    expect(auditing[0]?.indexOf('npm ci --ignore-scripts')).toBeLessThan(
      auditing[0]?.indexOf('npm audit signatures') ?? 0,
    );
    expect(auditing[0]).toContain('npm ci --ignore-scripts');
  });
});
