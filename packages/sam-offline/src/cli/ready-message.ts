import type { Command } from '../console/start-page';

/** Formats the message that the command prints when the runtime is ready. */
export function formatReadyMessage(port: number, commands: readonly Command[]): string {
  const console = { label: 'Open the console', command: `http://localhost:${port}/_local/` };
  const sections = [...commands, console].map(({ label, command }) => `  ${label}:\n    ${command}\n`);
  return `\nReady on http://localhost:${port}\n\n${sections.join('\n')}\n  Stop: Ctrl+C\n`;
}
