/** The absolute paths of a bundle and of the file that caches the compiled code for one function. */
export interface CachedBundle {
  readonly bundle: string;
  /**
   * The file name that V8 stores in the compiled code. It is the same for all copies of the bundle. The file does not need to
   * exist.
   */
  readonly scriptName: string;
  readonly cache: string;
}
