import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { millisToLoad } from './load-time';
import { median } from './median';

const root = join(__dirname, '..');
const LOADS = 21;

/** One frame's schema, in the spelling of each. */
const WAYS = {
  zod: `
    import * as z from 'zod';
    const room = z.string().regex(/^(?:lobby|[1-9][0-9]{8})$/);
    export const frame = z.object({ id: z.string().max(64).optional(), room, text: z.string(), clientMsgId: z.uuid().optional() });`,
  'zod/mini': `
    import * as z from 'zod/mini';
    const room = z.string().check(z.regex(/^(?:lobby|[1-9][0-9]{8})$/));
    export const frame = z.object({ id: z.optional(z.string().check(z.maxLength(64))), room, text: z.string(), clientMsgId: z.optional(z.uuid()) });`,
};

/**
 * What the schema of a `sendmessage` frame costs in a function's bundle, in Zod's two spellings: its size, and how long a
 * new process takes to load it, in turns; the medians.
 */
export async function schemas() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-schemas-'));
  const names = Object.keys(WAYS);
  const bundles = await Promise.all(
    Object.values(WAYS).map((contents, index) => bundled(contents, join(folder, `${index}.js`))),
  );
  const times = bundles.map(() => [] as number[]);
  for (let load = 0; load < LOADS; load += 1) {
    for (const [index, bundle] of bundles.entries()) times[index]?.push(millisToLoad(bundle));
  }
  const medians = times.map(median);
  const sizes = bundles.map((bundle) => statSync(bundle).size);
  rmSync(folder, { recursive: true });
  return names.map((way, index) => ({
    way,
    KB: Math.round((sizes[index] ?? 0) / 1000),
    "of zod's KB": ((sizes[index] ?? 0) / (sizes[0] ?? 0)).toFixed(2),
    'ms to load': Number(medians[index]?.toFixed(1)),
    "of zod's ms": ((medians[index] ?? 0) / (medians[0] ?? 0)).toFixed(2),
  }));
}

async function bundled(contents: string, outfile: string): Promise<string> {
  const settings = JSON.parse(readFileSync(join(root, 'esbuild.json'), 'utf8')) as BuildOptions;
  await build({ ...settings, bundle: true, stdin: { contents, resolveDir: root }, outfile });
  return outfile;
}
