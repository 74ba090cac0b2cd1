/** A bundle, and the file that caches its compiled code for one function. Absolute paths. */
export interface CachedBundle {
  readonly bundle: string;
  /** The same for all copies of the bundle, because V8 caches the name of the compiled file. Need not exist. */
  readonly scriptName: string;
  readonly cache: string;
}
