import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Returns this package's folder. Works from the sources in `src/` and from the bundles in `dist/`. */
export function findPackage(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findPackage(dirname(folder));
}
