import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../testbed/template';

/**
 * A fake AWS CLI. The folder `bucket` represents SAM's bucket, and `stack.json` represents the stack. `alarms.json` contains the
 * time of the deployment and, for each check, the alarms that have gone off with the time of the change.
 */
const AWS = `#!${process.execPath}
const { cpSync, existsSync, readFileSync, writeFileSync } = require('node:fs');
const [, operation, ...args] = process.argv.slice(2);
const option = (name) => args[args.indexOf(name) + 1];
const file = __dirname + '/stack.json';
if (operation === 'describe-stacks' && option('--stack-name') === 'aws-sam-cli-managed-default') console.log('sam-bucket');
else if (operation === 'list-stack-resources' || operation === 'describe-alarms' || args.join().includes('LastUpdatedTime')) {
  const alarms = JSON.parse(readFileSync(__dirname + '/alarms.json', 'utf8'));
  if (operation === 'describe-stacks') console.log(alarms.deployedAt);
  else if (operation === 'list-stack-resources') process.stdout.write(alarms.names.map((name) => name + '\\n').join(''));
  else {
    if (option('--alarm-names') !== alarms.names[0]) process.exit(252);
    const [ringing = []] = alarms.checks.splice(0, 1);
    console.log(ringing.map((line) => line.join('\\t')).join('\\n'));
    writeFileSync(__dirname + '/alarms.json', JSON.stringify(alarms));
  }
} else if (operation === 'cp') {
  const [from, to] = args.slice(1).map((path) => path.replace('s3:/', __dirname));
  if (existsSync(from)) cpSync(from, to, { recursive: true });
} else if (operation === 'deploy') {
  const template = readFileSync(option('--template-file'), 'utf8').trimEnd();
  const parameters = JSON.parse(readFileSync(option('--parameter-overrides').replace('file://', ''), 'utf8'));
  writeFileSync(file, JSON.stringify({ template, parameters }));
} else if (!existsSync(file)) process.exit(254);
else {
  const { template, parameters } = JSON.parse(readFileSync(file, 'utf8'));
  console.log(operation === 'get-template' ? template : JSON.stringify(parameters));
}
`;

describe('scripts/roll-back.sh', () => {
  let folder: string;
  const first = { template: 'first', parameters: ['Guests=full'] };
  const second = { template: 'second', parameters: ['Guests=none'] };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'roll-back-'));
    mkdirSync(join(folder, 'sam-bucket'));
    writeFileSync(join(folder, 'aws'), AWS);
    writeFileSync(join(folder, 'sleep'), `#!/bin/sh\necho "$1" >> ${join(folder, 'sleeps')}\n`);
    for (const name of ['aws', 'sleep']) chmodSync(join(folder, name), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const deploy = (release: object) => writeFileSync(join(folder, 'stack.json'), JSON.stringify(release));
  const readStack = () => JSON.parse(readFileSync(join(folder, 'stack.json'), 'utf8'));
  async function script(command: string, ...options: string[]): Promise<string> {
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
    const path = join(root, 'scripts', 'roll-back.sh');
    return (await promisify(execFile)('bash', [path, command, 's', ...options], { env })).stdout;
  }

  it('restores the template and the parameters from before a deployment', async () => {
    deploy(first);
    expect(await script('save')).toBe('Saved the release of s.\n');
    deploy(second);
    expect(await script('restore')).toBe('Rolled back s to the previous release.\n');
    expect(readStack()).toEqual(first);
  });

  it('saves nothing before the first deployment, so restore fails', async () => {
    expect(await script('save')).toContain('There is no stack s yet');
    deploy(second);
    await expect(script('restore')).rejects.toThrow('There is no earlier release of s.');
    expect(readStack()).toEqual(second);
  });

  describe('watch', () => {
    const [before, deployedAt, after] = ['09:59', '10:00', '10:01'].map(
      (time) => `2026-01-25T${time}:00.000000+00:00`,
    );
    /** @param checks the alarms that have gone off, for each check. */
    const watch = (checks: string[][][], names = ['s-ErrorsAlarm', 's-DeadLetterAlarm']) => {
      writeFileSync(join(folder, 'alarms.json'), JSON.stringify({ deployedAt, names, checks }));
      return script('watch', '3');
    };
    const sleeps = () => readFileSync(join(folder, 'sleeps'), 'utf8').trim().split('\n');

    it('succeeds if no alarm goes off within the given time', async () => {
      expect(await watch([])).toContain('No alarm of s has gone off.\n');
      expect(sleeps()).toEqual(['60', '60', '60']);
    });

    it('exits with 3 and names the alarms if an alarm goes off', async () => {
      const ringing = [['s-ErrorsAlarm', after as string]];
      await expect(watch([[], [], ringing])).rejects.toMatchObject({
        code: 3,
        stderr: 'These alarms have gone off since the deployment of s:\ns-ErrorsAlarm\n',
      });
      expect(sleeps()).toHaveLength(2);
    });

    it('ignores alarms that were already in the state ALARM before the deployment', async () => {
      const ringing = [['s-DeadLetterAlarm', before as string]];
      expect(await watch([ringing, ringing, ringing, ringing])).toContain('No alarm of s has gone off.\n');
    });

    it('fails with another status if the stack has no alarms', async () => {
      await expect(watch([], [])).rejects.toMatchObject({ code: 1, stderr: 's has no alarms.\n' });
    });
  });
});
