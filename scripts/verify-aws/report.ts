/** The result of a check or probe. `reason` explains why it failed or does not apply. */
export interface Result {
  name: string;
  verdict: 'ok' | 'FAILED' | 'skipped' | 'not applicable';
  reason?: string;
}

/** Formats the results with the date and the stack as a Markdown document, as evidence that can be committed. */
export function formatReport(stackName: string, results: readonly Result[], now: Date): string {
  const date = now.toISOString();
  return [
    `# Verification of ${stackName} on ${date.slice(0, 10)}`,
    '',
    `Written by \`npm run verify:aws\` at ${date}.`,
    '',
    '| check | result | reason |',
    '|---|---|---|',
    ...results.map(({ name, verdict, reason = '' }) => `| ${name} | ${verdict} | ${formatCell(reason)} |`),
    '',
  ].join('\n');
}

/** Formats a text for a table cell, which must not contain newlines. */
function formatCell(text: string): string {
  return text.trim().replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}
