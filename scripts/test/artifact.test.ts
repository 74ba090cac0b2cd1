import { execFile } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../testbed/template';

const run = promisify(execFile);

describe('scripts/artifact.sh', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'artifact-'));
    mkdirSync(join(folder, 'build', '.hidden'), { recursive: true });
    writeFileSync(join(folder, 'build', '.hidden', 'code.js'), 'go()');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const script = async (...args: string[]) =>
    (await run('bash', [join(root, 'scripts', 'artifact.sh'), ...args], { cwd: folder })).stdout;
  const pack = async () => (await script('pack', 'build.tar', 'build')).replace(/^sha256=|\n$/g, '');

  it('passes on the files of a folder', async () => {
    await script('unpack', 'build.tar', await pack(), 'target');
    expect(readFileSync(join(folder, 'target', 'build', '.hidden', 'code.js'), 'utf8')).toBe('go()');
  });

  it('rejects an archive that has changed', async () => {
    const hash = await pack();
    appendFileSync(join(folder, 'build.tar'), 'x');
    await expect(script('unpack', 'build.tar', hash, 'target')).rejects.toThrow(
      'does not have the SHA-256 hash',
    );
  });

  it.each(['', 'x'])('rejects the hash "%s"', async (hash) => {
    await pack();
    await expect(script('unpack', 'build.tar', hash, 'target')).rejects.toThrow(
      'does not have the SHA-256 hash',
    );
  });

  it('rejects an archive with a link', async () => {
    symlinkSync('/etc/hostname', join(folder, 'build', 'link'));
    await run('tar', ['--create', '--file', 'build.tar', 'build'], { cwd: folder });
    const [hash = ''] = (await run('sha256sum', ['build.tar'], { cwd: folder })).stdout.split(' ');
    await expect(script('unpack', 'build.tar', hash, 'target')).rejects.toThrow(
      'more than files and folders',
    );
  });
});
