import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../core/service';
import { JOURNAL, openDirectory, SECRETS } from './data-directory';
import { writeJournal } from './journal';
import { decodeJournal, type JournalContent } from './journal-format';

/**
 * Reads the journal of a data directory. Creates the journal if it does not exist.
 *
 * @throws UsageError if the journal is damaged. The message describes the damage.
 */
export async function readJournal(directory: string): Promise<JournalContent> {
  const path = join(directory, JOURNAL);
  const bytes = await readFile(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    await createJournal(directory, new Map());
    return await readFile(path);
  });
  const content = decodeJournal(bytes);
  if (content.damages.length > 0) throw new UsageError(describeDamage(directory, content));
  const ignored = bytes.length - content.length;
  if (ignored > 0) {
    console.error(
      `DynamoDB: ignored an incomplete write of ${ignored} bytes at the end of ${path}. The last process stopped during it.`,
    );
  }
  return content;
}

/**
 * Copies the readable part of a data directory to a new directory. If the change that deleted an index entry was lost, the copy
 * still contains the entry.
 *
 * @throws UsageError if `directory` contains no journal, or if `copy` is not empty
 */
export async function recoverDirectory(directory: string, copy: string): Promise<JournalContent> {
  const content = await readFile(join(directory, JOURNAL)).then(decodeJournal, (error: Error) => {
    throw new UsageError(`Cannot read the data directory ${directory}: ${error.message}`, { cause: error });
  });
  const lock = await openDirectory(copy, { mustBeEmpty: true });
  try {
    await createJournal(copy, applyBatches(content));
    await copyFile(join(directory, SECRETS), join(copy, SECRETS)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  } finally {
    await lock.release();
  }
  return content;
}

/** Applies all changes and returns the resulting values by key. */
export function applyBatches({ batches }: JournalContent): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const operation of batches.flat()) {
    if (operation.type === 'put') values.set(operation.key, operation.value);
    else values.delete(operation.key);
  }
  return values;
}

async function createJournal(directory: string, values: ReadonlyMap<string, unknown>): Promise<void> {
  const { file } = await writeJournal(join(directory, JOURNAL), values);
  await file.close();
}

function describeDamage(directory: string, { damages, batches, lost }: JournalContent): string {
  const shown = damages.slice(0, 3).map(({ line, problem }) => `line ${line}: ${problem}`);
  if (damages.length > shown.length) shown.push(`and ${damages.length - shown.length} more`);
  return [
    `The data directory ${directory} is damaged. In ${JOURNAL}:`,
    ...shown.map((text) => `  ${text}`),
    `Changes that can be read: ${batches.length}. Changes that are lost: at least ${lost}.`,
    'Restore the file from a backup, or copy the readable changes to a new directory:',
    `  sam-offline recover ${directory} ${directory}-recovered`,
  ].join('\n');
}
