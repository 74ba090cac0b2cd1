import { basename, dirname, join } from 'node:path';
import { UsageError } from '../core/service';
import type { FunctionCodeModel } from './model';

/**
 * Splits a handler, `path/file.export`, at the first dot of its last path segment, as Lambda does. The export may be
 * nested: `file.a.b`.
 *
 * @throws UsageError that names the function
 */
export function parseHandler(fn: FunctionCodeModel): {
  readonly module: string;
  readonly exportName: string;
} {
  const [, file, exportName] = /^([^.]*)\.(.+)$/.exec(basename(fn.handler)) ?? [];
  if (!file || !exportName || fn.handler.includes('..')) {
    throw new UsageError(`function ${fn.logicalId}: '${fn.handler}' is not a valid handler name.`);
  }
  return { module: join(dirname(fn.handler), file), exportName };
}
