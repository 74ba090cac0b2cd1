import type { Command } from '../console/start-page';
import { DEFAULT_QUOTAS } from '../core/account-rates';

/** Formats the message that the command prints when the runtime is ready. */
export function formatReadyMessage(port: number, commands: readonly Command[], strict: boolean): string {
  const console = { label: 'Open the console', command: `http://localhost:${port}/_local/` };
  const sections = [...commands, console].map(({ label, command }) => `  ${label}:\n    ${command}\n`);
  const notice = strict ? '' : `\n  ${formatLimitsNotice()}\n`;
  return `\nReady on http://localhost:${port}\n\n${sections.join('\n')}${notice}\n  Stop: Ctrl+C\n`;
}

function formatLimitsNotice(): string {
  const { connections, requests } = DEFAULT_QUOTAS;
  const rates = `${connections.ratePerSecond} new connections and ${requests.ratePerSecond} requests per second`;
  return `Limits that are off (turn on with --strict): ${rates} of API Gateway.`;
}
