/** Counts nondeterministic events, such as transaction conflicts, so that tests can assert that the events occurred. */
export class Occurrences {
  private readonly counts = new Map<string, number>();

  /** @param name the service and the event, for example `dynamodb.TransactionConflict` */
  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** Returns the counts since startup, by name. */
  list(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }
}
