/** A start that takes longer prints what it is doing. */
const QUIET_MILLIS = 500;

/**
 * Prints a description of the running step once the user has waited for half a second. Returns a function that ends the step.
 *
 * @param uptime how long the user has already waited, in milliseconds. Default: as long as the process has run.
 */
export function printIfSlow(
  description: string,
  print: (line: string) => void,
  uptime = performance.now(),
): () => void {
  const timer = setTimeout(() => print(`${description} …`), Math.max(0, QUIET_MILLIS - uptime));
  return () => clearTimeout(timer);
}
