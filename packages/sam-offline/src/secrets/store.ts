import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, UsageError } from '../core/service';
import type { SecretState } from './secret';

/** Stores secrets across restarts of the runtime. */
export interface SecretStore {
  /** Returns the stored secrets by name. */
  read(): Map<string, SecretState>;
  write(secrets: ReadonlyMap<string, SecretState>): void;
}

/** A store that does not store secrets, so secrets are generated on each startup. */
export const NULL_STORE: SecretStore = { read: () => new Map(), write: () => undefined };

/**
 * Creates a store that uses a file in the data directory. Only the owner can read the file. Each write replaces the whole file,
 * so that after a crash the file contains either the old or the new content.
 */
export function createFileStore(directory: string): SecretStore {
  const file = join(directory, 'secrets.json');
  return {
    read() {
      try {
        const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
        if (isObject(content)) return new Map(Object.entries(content) as [string, SecretState][]);
        throw new SyntaxError('the file does not contain a JSON object');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
        throw new UsageError(
          `Cannot read the secrets in ${file}: ${(error as Error).message}. ` +
            'Restore the file, or delete it to generate new values.',
        );
      }
    },
    write(secrets) {
      mkdirSync(directory, { recursive: true });
      const temporary = `${file}.new`;
      writeFileSync(temporary, `${JSON.stringify(Object.fromEntries(secrets), null, 2)}\n`, { mode: 0o600 });
      renameSync(temporary, file);
    },
  };
}
