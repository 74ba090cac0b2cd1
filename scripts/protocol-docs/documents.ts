import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { asyncapi } from './asyncapi';
import { clientTypes } from './client-types';
import { page } from './page';

const root = join(__dirname, '../..');

/** What is generated from the protocol's definition, by the path each file has below `directory`. */
export function documents(directory = root): Record<string, string> {
  return {
    [join(directory, 'docs/asyncapi.yaml')]: asyncapi(),
    [join(directory, 'docs/protocol.md')]: page(),
    [join(directory, 'packages/client/src/protocol.ts')]: clientTypes(),
  };
}

/** The paths, from the working directory, of documents that are missing or not what would be generated. */
export function outdated(directory = root): string[] {
  return Object.entries(documents(directory))
    .filter(([path, content]) => read(path) !== content)
    .map(([path]) => relative(process.cwd(), path));
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
