// Builds a package into its dist/, or into the folder given as an argument: one bundle and its type declarations.
// Run it in the folder of the package: node ../build-package.mjs [FOLDER]
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

const dist = resolve(process.argv[2] ?? 'dist');
const settings = JSON.parse(readFileSync('esbuild.json', 'utf8'));

rmSync(dist, { recursive: true, force: true });
await build({ ...settings, entryPoints: ['src/index.ts'], outfile: join(dist, 'index.js'), sourcemap: true });
const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const tsc = [join(dirname(typescript), 'bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', dist];
execFileSync(process.execPath, tsc, { stdio: 'inherit' });

// Node.js resolves ES modules only with a file extension, and the sources import without one.
for (const file of readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.d.ts'))) {
  const path = join(dist, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(/(from ')(\.[^']*)(')/g, '$1$2.js$3'));
}
