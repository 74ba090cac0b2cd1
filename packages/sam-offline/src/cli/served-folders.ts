import { resolve } from 'node:path';
import { UsageError } from '../core/service';
import type { ServedFolders } from '../website/served-folders';

/**
 * Parses strings such as `/keys=folder`. Folders are relative to `base`.
 *
 * @param option the name of the option, for error messages
 * @throws UsageError if a string is not valid
 */
export function parseServedFolders(option: string, texts: readonly string[], base: string): ServedFolders {
  return Object.fromEntries(
    texts.map((text) => {
      const [, path, folder] = /^((?:\/[\w.-]+)+)=(.+)$/.exec(text) ?? [];
      if (path !== undefined && folder !== undefined) return [path, resolve(base, folder)];
      throw new UsageError(`${option} ${JSON.stringify(text)} is not valid. Use /path=folder.`);
    }),
  );
}
