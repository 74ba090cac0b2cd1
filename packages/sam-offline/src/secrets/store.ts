import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, UsageError } from '../core/service';
import type { SecretState } from './secret';

/** Where the secrets are between two runs. */
export interface SecretStore {
  /** By name. */
  read(): Map<string, SecretState>;
  write(secrets: ReadonlyMap<string, SecretState>): void;
}

/** Nothing is kept: the secrets are made anew at each start. */
export const NULL_STORE: SecretStore = { read: () => new Map(), write: () => undefined };

/**
 * A file in the data directory, readable by its owner only. It is replaced as a whole, so that a crash leaves the old
 * one or the new one.
 */
export function createFileStore(directory: string): SecretStore {
  const file = join(directory, 'secrets.json');
  return {
    read() {
      try {
        const kept: unknown = JSON.parse(readFileSync(file, 'utf8'));
        if (isObject(kept)) return new Map(Object.entries(kept) as [string, SecretState][]);
        throw new SyntaxError('it is no object');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
        throw new UsageError(`The secrets in ${file} cannot be read: ${(error as Error).message}`);
      }
    },
    write(secrets) {
      mkdirSync(directory, { recursive: true });
      const whole = `${file}.new`;
      writeFileSync(whole, `${JSON.stringify(Object.fromEntries(secrets), null, 2)}\n`, { mode: 0o600 });
      renameSync(whole, file);
    },
  };
}
