import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, UsageError } from '../core/service';
import type { SecretState } from './secret';

/** Stores secrets between runs of the runtime. */
export interface SecretStore {
  /** Returns the stored secrets by name. */
  read(): Map<string, SecretState>;
  write(secrets: ReadonlyMap<string, SecretState>): void;
}

/** Stores nothing, so secrets are generated at each start. */
export const NULL_STORE: SecretStore = { read: () => new Map(), write: () => undefined };

/**
 * Creates a store in a file of the data directory that only its owner can read. Each write replaces the whole file, so
 * that a crash leaves either the old or the new content.
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
