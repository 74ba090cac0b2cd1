import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Returns this package's folder, seen from `src/` or from the bundles in `dist/`. */
export function findPackage(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findPackage(dirname(folder));
}
