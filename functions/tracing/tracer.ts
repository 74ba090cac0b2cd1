/** Records an invocation and its calls as segments. The functions use one implementation, which `#tracer` selects. */
export interface Tracer {
  isEnabled(): boolean;
  /** Records the calls of an AWS SDK client as subsegments, and returns the client. */
  captureClient<Client extends object>(client: Client): Client;
  /** Runs `work` in a subsegment of the current one, and records its error. */
  runInSubsegment<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Adds an annotation, by which traces can be searched, to the current subsegment. */
  annotate(key: string, value: string | number | boolean): void;
  /** Records an error in the current subsegment. */
  addError(error: Error): void;
}
