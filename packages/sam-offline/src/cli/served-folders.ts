import { resolve } from 'node:path';
import { UsageError } from '../core/service';
import type { ServedFolders } from '../website/served-folders';

/**
 * Parses texts such as `/keys=folder`. Folders are relative to the given one.
 *
 * @param option the name of the option, for messages
 * @throws UsageError if a text is not valid
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
