/** The arguments of `spawn`. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly shell: boolean;
}

/**
 * Returns how to start a program. On Windows, npm and the programs of packages are scripts (`npm.cmd`), which only a shell can run.
 * The shell receives one text, because Node.js does not quote arguments for a shell, and warns about a list of them (DEP0190).
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
