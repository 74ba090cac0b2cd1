import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeAtLength } from '../../testbed/at-length';
import { root } from '../../testbed/template';
import type { ComparisonRecord } from '../comparison/record';

describeAtLength('npm run bench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'comparison-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('measures designs and prints result tables', async () => {
    const file = join(folder, 'results.json');
    const selection = ['--quick', '--sizes', '3', '--designs', 'at-once,bare-posts,broadcast'];
    const args = ['--conditions=source', 'bench/index.ts', ...selection, '--json', file];
    const { stdout } = await promisify(execFile)(join(root, 'node_modules/.bin/tsx'), args, { cwd: root });
    expect(stdout).toContain('ms until the last receipt');
    const { designs } = JSON.parse(readFileSync(file, 'utf8')) as ComparisonRecord;
    expect(designs.map(({ name }) => name)).toEqual(['at-once', 'bare-posts', 'broadcast']);
    for (const { sizes } of designs) {
      expect(sizes).toEqual([
        expect.objectContaining({
          last: expect.objectContaining({ count: 20 }),
          peakMemory: expect.anything(),
        }),
      ]);
    }
  }, 400_000);
});
