/**
 * Counts events that are nondeterministic on AWS, such as transaction conflicts, so that a test can assert that they
 * occurred.
 */
export class Occurrences {
  private readonly counts = new Map<string, number>();

  /** @param name the service and the event, for example `dynamodb.TransactionConflict` */
  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Returns the counts since the start by name. */
  list(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }
}
