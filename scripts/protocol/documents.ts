import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { asyncapi } from './asyncapi';
import { page } from './page';

const docs = join(__dirname, '../../docs');

/** The generated documents, by the path each has in `directory`. */
export function documents(directory = docs): Record<string, string> {
  return { [join(directory, 'asyncapi.yaml')]: asyncapi(), [join(directory, 'protocol.md')]: page() };
}

/** The paths, from the working directory, of documents that are missing or not what would be generated. */
export function outdated(directory = docs): string[] {
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
