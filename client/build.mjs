// Builds what is published, into dist/: one bundle, and its types beside it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const dist = join(here, 'dist');
const settings = JSON.parse(readFileSync(join(here, 'esbuild.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });
await build({
  ...settings,
  entryPoints: [join(here, 'src/index.ts')],
  outfile: join(dist, 'index.js'),
  sourcemap: true,
});
const tsc = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace('package.json', 'bin/tsc');
execFileSync(process.execPath, [tsc, '-p', here], { stdio: 'inherit' });

// Node.js' resolution of ES modules wants the file's extension, which the sources leave out.
for (const file of readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.d.ts'))) {
  const path = join(dist, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/(from ')(\.[^']*)(')/g, '$1$2.js$3'));
}
