// Builds what is published, into dist/ or the directory that is named: one bundle, and its types beside it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dist = resolve(process.argv[2] ?? join(here, 'dist'));
const settings = JSON.parse(readFileSync(join(here, 'esbuild.json'), 'utf8'));
const entry = join(here, 'src/index.ts');

rmSync(dist, { recursive: true, force: true });
await build({ ...settings, entryPoints: [entry], outfile: join(dist, 'index.js'), sourcemap: true });
const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const tsc = [join(dirname(typescript), 'bin/tsc'), '-p', here, '--outDir', dist];
execFileSync(process.execPath, tsc, { stdio: 'inherit' });

// Node.js' resolution of ES modules wants the file's extension, which the sources leave out.
for (const file of readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.d.ts'))) {
  const path = join(dist, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/(from ')(\.[^']*)(')/g, '$1$2.js$3'));
}
