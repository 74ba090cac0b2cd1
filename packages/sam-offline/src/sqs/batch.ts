import { AwsError, type JsonObject } from '../core/service';

/**
 * Runs an action for each entry of a batch and returns the results by entry ID.
 *
 * @throws AwsError if the batch is invalid: `EmptyBatchRequest`, `TooManyEntriesInBatchRequest`, `InvalidBatchEntryId`,
 *   `BatchEntryIdsNotDistinct`
 */
export function runBatch(input: JsonObject, run: (entry: JsonObject) => JsonObject): JsonObject {
  const Successful: JsonObject[] = [];
  const Failed: JsonObject[] = [];
  for (const entry of parseEntries(input)) {
    const { Id } = entry;
    try {
      Successful.push({ Id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id, SenderFault: error.status < 500, Code: error.code, Message: error.message });
    }
  }
  return Failed.length > 0 ? { Successful, Failed } : { Successful };
}

/** Returns the entries of a batch. Checks the number of entries and their IDs. */
export function parseEntries({ Entries }: JsonObject): JsonObject[] {
  const entries = (Array.isArray(Entries) ? Entries : []) as JsonObject[];
  if (entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (entries.length > 10) {
    const message = `Maximum number of entries per request are 10. You have sent ${entries.length}.`;
    throw new AwsError('TooManyEntriesInBatchRequest', message);
  }
  const ids = entries.map(({ Id }) => String(Id ?? ''));
  if (!ids.every((id) => /^[\w-]{1,80}$/.test(id))) {
    // AWS's message, as recorded in moto's tests (getmoto/moto, tests/test_sqs/test_sqs.py).
    const allowed = 'alphanumeric characters, hyphens and underscores';
    throw new AwsError(
      'InvalidBatchEntryId',
      `A batch entry id can only contain ${allowed}. It can be at most 80 letters long.`,
    );
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) {
    throw new AwsError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`);
  }
  return entries;
}
