import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import type { Measured } from './index';

const client = join(__dirname, '..', 'client');

/** The client library as a browser gets it. */
export async function measure(): Promise<Measured[]> {
  const settings = JSON.parse(readFileSync(join(client, 'esbuild.json'), 'utf8')) as BuildOptions;
  const { outputFiles = [] } = await build({
    ...settings,
    entryPoints: [join(client, 'src/index.ts')],
    write: false,
  });
  const bundle = Buffer.concat(outputFiles.map(({ contents }) => contents));
  return [
    { what: 'client bundle, minified', value: bundle.length, unit: 'bytes' },
    {
      what: 'client bundle, minified and gzipped',
      value: gzipSync(bundle, { level: 9 }).length,
      unit: 'bytes',
    },
  ];
}
