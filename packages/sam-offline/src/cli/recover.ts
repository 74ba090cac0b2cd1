import { recoverDirectory } from '../dynamodb/storage/journal-reader';

/** Copies the readable part of a damaged data directory. Returns the result as text. */
export async function recover({ directory, copy }: { directory: string; copy: string }): Promise<string> {
  const { batches, lost } = await recoverDirectory(directory, copy);
  return (
    `Copied ${batches.length} changes to ${copy}. Changes that are lost: ${lost}. ` +
    `Start with the copy: sam-offline --data ${copy}`
  );
}
