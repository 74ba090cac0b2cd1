import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../testbed/template';
import { bundle } from './bundle';
import { measureLoadTime } from './load-time';
import { median } from './median';

const LOADS = 21;

/** The schema of one frame, written with `zod` and with `zod/mini`. */
const VARIANTS = {
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
 * Compares the bundle size and the median load time of the schema of a `sendmessage` frame between zod and zod/mini. Alternates
 * between the variants, so that both run under the same conditions.
 */
export async function measureSchemas() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-schemas-'));
  const names = Object.keys(VARIANTS);
  const bundles = await Promise.all(
    Object.values(VARIANTS).map((contents, index) =>
      bundle({ stdin: { contents, resolveDir: root }, outfile: join(folder, `${index}.js`) }),
    ),
  );
  const times = bundles.map(() => [] as number[]);
  for (let load = 0; load < LOADS; load += 1) {
    for (const [index, path] of bundles.entries()) times[index]?.push(measureLoadTime(path));
  }
  const medians = times.map(median);
  const sizes = bundles.map((path) => statSync(path).size);
  rmSync(folder, { recursive: true });
  return names.map((variant, index) => ({
    variant,
    KB: Math.round((sizes[index] ?? 0) / 1000),
    'size ratio': ((sizes[index] ?? 0) / (sizes[0] ?? 0)).toFixed(2),
    'load time ms': Number(medians[index]?.toFixed(1)),
    'load time ratio': ((medians[index] ?? 0) / (medians[0] ?? 0)).toFixed(2),
  }));
}
