import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';

const client = join(__dirname, '..', '..');

/** Measures the minified bundle of the client library, in bytes and gzipped. The published bundle is not minified. */
export async function measureClientSize() {
  const settings = JSON.parse(readFileSync(join(client, 'esbuild.json'), 'utf8')) as BuildOptions;
  const { outputFiles = [] } = await build({
    ...settings,
    minify: true,
    entryPoints: [join(client, 'src/index.ts')],
    write: false,
  });
  const bundle = Buffer.concat(outputFiles.map(({ contents }) => contents));
  return [{ bundle: 'client', bytes: bundle.length, gzipped: gzipSync(bundle, { level: 9 }).length }];
}
