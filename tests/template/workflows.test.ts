import { execFileSync } from 'node:child_process';
import {
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
import { parse } from 'yaml';
import { root } from '../../testbed/template';

interface Step {
  id?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
}
type Permissions = Record<string, string> | string;
interface Job {
  needs?: string | string[];
  if?: string;
  environment?: string;
  permissions?: Permissions;
  outputs?: Record<string, string>;
  env?: Record<string, string>;
  steps?: Step[];
}
interface Workflow {
  permissions?: Permissions;
  jobs: Record<string, Job>;
}

const folder = join(root, '.github/workflows');
const readText = (path: string) => readFileSync(join(root, path), 'utf8');
const readWorkflow = (file: string): Workflow => parse(readFileSync(join(folder, file), 'utf8'));

/** Returns whether a job can request a token. The role that trusts the environment of the job accepts the token. */
function canAssumeRole({ permissions }: Workflow, job: Job): boolean {
  const granted = job.permissions ?? permissions ?? 'write-all';
  return typeof granted === 'string' ? granted === 'write-all' : granted['id-token'] === 'write';
}

const jobs = readdirSync(folder).flatMap((file) => {
  const workflow = readWorkflow(file);
  return Object.values(workflow.jobs)
    .filter(({ steps }) => steps !== undefined) // a job without steps calls another workflow in this folder
    .map((job) => ({ job, canAssumeRole: canAssumeRole(workflow, job) }));
});
/** Returns a GitHub Actions expression. */
const expression = (text: string) => `\${{ ${text} }}`;

const DEPLOYMENT = expression('inputs.environment');
const VERIFICATION = `${DEPLOYMENT}-verification`;
const commandsOf = ({ steps = [] }: Job) => steps.map(({ run = '' }) => run.replace(/^ *#.*$/gm, ''));
const actionsOf = ({ steps = [] }: Job) => steps.flatMap(({ uses }) => uses?.split('@')[0] ?? []);
const EXECUTES_PACKAGES = /\b(?:npm|npx|node|tsx|yarn|pnpm|make|sam build|pip|uv|curl|wget|apt(?:-get)?)\b/;

/** The environment of the job that publishes a package. No AWS role trusts it. */
const REGISTRY = 'npm';

describe('the job that publishes a package', () => {
  const { pack = {}, publish = {} } = readWorkflow('publish.yml').jobs;

  it('is the only job in its environment, and has only the required permissions', () => {
    expect(jobs.filter(({ job }) => job.environment === REGISTRY).map(({ job }) => job)).toEqual([publish]);
    expect(publish.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  });

  it('runs no npm packages, and publishes an archive only after it has checked the hash', () => {
    expect(commandsOf(publish).filter((command) => command !== '')).toEqual([
      'bash scripts/artifact.sh unpack package.tar "$SHA256" .',
      expect.stringMatching(/^npm publish \.\/archive\/sam-offline-\*\.tgz --ignore-scripts /),
    ]);
    const unpack = publish.steps?.find(({ run }) => run?.includes('unpack'));
    expect(unpack?.env).toEqual({ SHA256: expression('needs.pack.outputs.sha256') });
    expect(publish.needs).toBe('pack');
    expect(pack).toMatchObject({ outputs: { sha256: expression('steps.pack.outputs.sha256') } });
    expect([pack.environment, pack.permissions]).toEqual([undefined, undefined]);
  });
});

describe('a job that assumes an AWS role', () => {
  const privileged = jobs
    .filter(({ canAssumeRole, job }) => canAssumeRole && job.environment !== REGISTRY)
    .map(({ job }) => job);
  const deploying = privileged.filter(({ environment }) => environment !== VERIFICATION);

  it('deploys, rolls back to the previous release, or verifies in a separate environment', () => {
    expect(privileged).toHaveLength(4);
    expect(deploying).toMatchObject([
      { environment: DEPLOYMENT },
      { environment: DEPLOYMENT, needs: ['deploy', 'smoke', 'watch'] },
    ]);
    const assuming = jobs.filter(({ job }) => actionsOf(job).some((name) => name.includes('configure-aws')));
    expect(assuming.map(({ job }) => job)).toEqual(privileged);
  });

  it('rolls back if the test fails or an alarm goes off after the deployment', () => {
    const { watch = {}, 'roll-back': rollBack = {} } = readWorkflow('deploy.yml').jobs;
    expect(watch).toMatchObject({
      ...{ needs: ['deploy', 'smoke'], environment: VERIFICATION },
      outputs: { alarm: expression('steps.watch.outputs.alarm') },
    });
    expect(commandsOf(watch).join()).toContain('bash scripts/roll-back.sh watch "$STACK_NAME"');
    for (const condition of ["needs.smoke.result == 'failure'", "needs.watch.outputs.alarm == 'true'"])
      expect(rollBack.if).toContain(condition);
  });

  it('has only the required permissions', () => {
    for (const { permissions } of privileged)
      expect(permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  });

  it('does not install, build or run packages if it deploys', () => {
    for (const job of deploying) {
      expect(commandsOf(job).filter((command) => EXECUTES_PACKAGES.test(command))).toEqual([]);
      const allowed = [
        'actions/checkout',
        'actions/setup-python',
        'actions/download-artifact',
        'aws-actions/configure-aws-credentials',
      ];
      expect(actionsOf(job).filter((name) => !allowed.includes(name))).toEqual([]);
    }
  });

  it('runs only scripts that install nothing except the SAM CLI with pinned hashes', () => {
    const commands = deploying.flatMap(commandsOf).join('\n');
    const scripts = [...commands.matchAll(/(?:bash|source)(?: -e)? (\S+\.sh)/g)].map(([, path = '']) => path);
    expect(new Set(scripts)).toEqual(
      new Set([
        'scripts/artifact.sh',
        'scripts/sam-cli.sh',
        'scripts/roll-back.sh',
        'scripts/deploy-web/upload.sh',
      ]),
    );
    for (const path of scripts) {
      const code = readText(path)
        .replace(/^ *#.*$/gm, '')
        .replace(/'[^']*'/g, '');
      expect(code).not.toMatch(EXECUTES_PACKAGES);
    }
    expect(readText('scripts/sam-cli.sh')).toMatch(/\n {2}install_sam_cli\n/);
  });

  it('checks the hash of the build before it assumes a role', () => {
    for (const { steps = [] } of deploying.slice(0, 1)) {
      const unpack = steps.findIndex(({ run }) =>
        run?.startsWith('bash scripts/artifact.sh unpack stack.tar "$SHA256"'),
      );
      const assume = steps.findIndex(({ uses }) => uses?.includes('configure-aws'));
      const deploy = steps.findIndex(({ run }) => run?.includes('sam deploy'));
      expect([unpack >= 0, unpack < assume, assume < deploy]).toEqual([true, true, true]);
      expect(steps[unpack]?.env).toEqual({ SHA256: expression('needs.package.outputs.sha256') });
    }
  });
});

describe('a job that prepares a deployment', () => {
  const { jobs: own } = readWorkflow('deploy.yml');
  const { build = {}, package: packaging = {}, deploy = {} } = own;

  it('runs before the deployment, and passes archives and their hashes to it', () => {
    expect([packaging.needs, deploy.needs]).toEqual(['build', 'package']);
    for (const job of [build, packaging]) {
      expect(job.outputs).toEqual({ sha256: expression('steps.pack.outputs.sha256') });
      expect(job.steps?.find(({ id }) => id === 'pack')?.run).toMatch(/^bash scripts\/artifact\.sh pack /);
    }
  });

  it('has no environment, so that it cannot read the variables and secrets of an environment', () => {
    expect([build.environment, packaging.environment]).toEqual([undefined, undefined]);
  });

  it('installs packages without running their scripts', () => {
    const installs = jobs
      .flatMap(({ job }) => commandsOf(job))
      .filter((run) => /npm (?:ci|install)/.test(run));
    expect(installs.length).toBeGreaterThan(0);
    expect(new Set(installs)).toEqual(new Set(['npm ci --ignore-scripts']));
  });

  it('creates the template without npm packages', () => {
    const commands = commandsOf(packaging);
    expect(commands.join('\n')).toContain('sam build');
    expect(commands.filter((command) => /\b(?:npm|npx|node|tsx)\b/.test(command))).toEqual([]);
    expect(packaging.steps?.find(({ run }) => run?.includes('sam build'))?.env).toEqual({
      BUNDLES: 'bundles/.aws-sam/build',
    });
  });
});

describe('the Makefile', () => {
  it('copies a bundle instead of building it if BUNDLES is set', () => {
    const work = mkdtempSync(join(tmpdir(), 'bundles-'));
    try {
      mkdirSync(join(work, 'bundles/PostFunction/functions'), { recursive: true });
      mkdirSync(join(work, 'artifacts'));
      mkdirSync(join(work, 'bin')); // no node on the PATH
      for (const name of ['make', 'cp', 'sh']) symlinkSync(findBinary(name), join(work, 'bin', name));
      writeFileSync(join(work, 'bundles/PostFunction/functions/post.js'), 'go()');
      const variables = [`ARTIFACTS_DIR=${join(work, 'artifacts')}`, `BUNDLES=${join(work, 'bundles')}`];
      const env = { ...process.env, PATH: join(work, 'bin') };
      execFileSync('make', ['build-PostFunction', ...variables], { cwd: root, env, stdio: 'pipe' });
      expect(readFileSync(join(work, 'artifacts/functions/post.js'), 'utf8')).toBe('go()');
    } finally {
      rmSync(work, { recursive: true });
    }
  });
});

function findBinary(name: string): string {
  return execFileSync('which', [name], { encoding: 'utf8' }).trim();
}

describe('scripts', () => {
  it('installs Python packages only with hashes', () => {
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
