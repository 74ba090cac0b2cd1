/** The arguments of `spawn`. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly shell: boolean;
}

/**
 * Returns the `spawn` arguments that start a program. On Windows, npm and package binaries are scripts (`npm.cmd`) that only a
 * shell can run. The shell receives a single string, because Node.js does not quote arguments for a shell, and prints a warning
 * for a list of arguments (DEP0190).
 *
 * https://nodejs.org/docs/latest-v24.x/api/child_process.html#spawning-bat-and-cmd-files-on-windows
 */
export function createCommand(
  program: string,
  args: readonly string[],
  platform: NodeJS.Platform = process.platform,
): Command {
  if (program === 'node') return { file: process.execPath, args, shell: false };
  if (platform !== 'win32') return { file: program, args, shell: false };
  return { file: [program, ...args].map(quote).join(' '), args: [], shell: true };
}

function quote(text: string): string {
  return /^[\w./:@=\\-]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}
