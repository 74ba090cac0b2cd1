import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../testbed/template';

/** A fake AWS CLI. The folder `bucket` represents SAM's bucket, and `stack.json` represents the stack. */
const AWS = `#!${process.execPath}
const { cpSync, existsSync, readFileSync, writeFileSync } = require('node:fs');
const [, operation, ...args] = process.argv.slice(2);
const option = (name) => args[args.indexOf(name) + 1];
const file = __dirname + '/stack.json';
if (operation === 'describe-stacks' && option('--stack-name') === 'aws-sam-cli-managed-default') console.log('sam-bucket');
else if (operation === 'cp') {
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
    chmodSync(join(folder, 'aws'), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const deploy = (release: object) => writeFileSync(join(folder, 'stack.json'), JSON.stringify(release));
  const readStack = () => JSON.parse(readFileSync(join(folder, 'stack.json'), 'utf8'));
  async function script(command: string): Promise<string> {
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
    const path = join(root, 'scripts', 'roll-back.sh');
    return (await promisify(execFile)('bash', [path, command, 's'], { env })).stdout;
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
});
