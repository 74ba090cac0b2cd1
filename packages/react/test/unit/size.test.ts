import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';

const MAX_BYTES = 3 * 1024;

describe('package size', () => {
  it('is under 3 KB, minified and gzipped', async () => {
    const folder = join(__dirname, '../..');
    const settings = JSON.parse(readFileSync(join(folder, 'esbuild.json'), 'utf8')) as BuildOptions;
    const entryPoints = [join(folder, 'src/index.ts')];
    const { outputFiles } = await build({ ...settings, entryPoints, minify: true, write: false });
    expect(outputFiles).toHaveLength(1);
    expect(gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length).toBeLessThan(MAX_BYTES);
  });
});
