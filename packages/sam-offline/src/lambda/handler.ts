import { basename, dirname, join } from 'node:path';
import type { FunctionModel } from '../core/model';
import { UsageError } from '../core/service';

/**
 * Splits `path/file.export` as AWS's runtime does: the module ends at the first dot of the last path segment,
 * the export may be nested (`file.a.b`). Throws a UsageError that names the function.
 */
export function parseHandler(fn: FunctionModel): { readonly module: string; readonly exportName: string } {
  const [, file, exportName] = /^([^.]*)\.(.+)$/.exec(basename(fn.handler)) ?? [];
  if (!file || !exportName || fn.handler.includes('..')) {
    throw new UsageError(`function ${fn.logicalId}: '${fn.handler}' is not a valid handler name.`);
  }
  return { module: join(dirname(fn.handler), file), exportName };
}
