import type { Command } from '../console/start-page';
import { DEFAULT_QUOTAS } from '../core/account-rates';

/** Formats the message that the command prints when the runtime is ready. */
export function formatReadyMessage(
  port: number,
  commands: readonly Command[],
  { strict, seed }: { readonly strict: boolean; readonly seed: number },
): string {
  const console = { label: 'Open the console', command: `http://localhost:${port}/_local/` };
  const sections = [...commands, console].map(({ label, command }) => `  ${label}:\n    ${command}\n`);
  const notice = strict ? `Strict mode. To repeat its random choices: --seed ${seed}` : formatLimitsNotice();
  return `\nReady on http://localhost:${port}\n\n${sections.join('\n')}\n  ${notice}\n\n  Stop: Ctrl+C\n`;
}

function formatLimitsNotice(): string {
  const { connections, requests } = DEFAULT_QUOTAS;
  const rates = `${connections.ratePerSecond} new connections and ${requests.ratePerSecond} requests per second`;
  return (
    `Off (turn on with --strict): the rates of API Gateway (${rates}), throttled calls, duplicate events,\n` +
    '  lagging indexes, reset connections, different clocks.'
  );
}
