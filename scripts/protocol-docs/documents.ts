import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { renderAsyncApi } from './asyncapi';
import { renderClientTypes } from './client-types';
import { renderEventSchemas, renderEventsPage } from './events';
import { renderOpenApi } from './openapi';
import { renderPage } from './page';

const root = join(__dirname, '../..');

/** Renders all generated files, keyed by their path in `directory`. */
export function renderDocuments(directory = root): Record<string, string> {
  return {
    [join(directory, 'docs/asyncapi.yaml')]: renderAsyncApi(),
    [join(directory, 'docs/events.md')]: renderEventsPage(),
    [join(directory, 'docs/events.schema.json')]: renderEventSchemas(),
    [join(directory, 'docs/openapi.yaml')]: renderOpenApi(),
    [join(directory, 'docs/protocol.md')]: renderPage(),
    [join(directory, 'packages/client/src/protocol.ts')]: renderClientTypes(),
  };
}

/** Returns the paths, relative to the working directory, of files that are missing or out of date. */
export function findOutdated(directory = root): string[] {
  return Object.entries(renderDocuments(directory))
    .filter(([path, content]) => readIfExists(path) !== content)
    .map(([path]) => relative(process.cwd(), path));
}

function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
