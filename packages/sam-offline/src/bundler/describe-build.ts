import { relative } from 'node:path';
import { findSource } from './function-source';
import type { FunctionCodeModel } from './model';

const MAX_NAMED_FILES = 3;

/**
 * Describes the files that a build bundles, for example `Bundling 17 functions: src/a.ts, src/b.ts, src/c.ts and 14 more
 * files`.
 *
 * @throws UsageError if a source file is missing
 */
export function describeBuild(app: { functions: readonly FunctionCodeModel[]; root: string }): string {
  const bundled = app.functions.map(findSource).filter(({ isBundled }) => isBundled);
  const files = [...new Set(bundled.map(({ file }) => relative(app.root, file)))];
  if (files.length === 0) return 'Starting';
  const named = files.slice(0, MAX_NAMED_FILES).join(', ');
  const others = files.length - MAX_NAMED_FILES;
  const more = others > 0 ? ` and ${others} more ${others === 1 ? 'file' : 'files'}` : '';
  return `Bundling ${bundled.length} ${bundled.length === 1 ? 'function' : 'functions'}: ${named}${more}`;
}
