import type { App } from '../app-model/app';
import type { OverviewSection } from '../core/overview';
import { escapeHtml } from '../http/escape-html';
import { formatDifferences, formatSupportSummary } from '../template/support-table';
import { formatStrictNotice, type Strictness } from './strict-notice';

/**
 * Renders the ready message as a page, with buttons that copy its commands: at `/_local/start`, and at `/` of an application
 * without a website.
 */
export function renderStartPage(
  { stackName, region, support }: Pick<App, 'stackName' | 'region' | 'support'>,
  port: number,
  sections: readonly OverviewSection[],
  strictness: Strictness,
): string {
  const differences = formatDifferences(support, (_color, text) => text);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(stackName)} on port ${port}</title>
<link rel="icon" href="/_local/console/icon.svg" type="image/svg+xml">
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }
  h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
  h2 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
  h3 { margin: .75rem 0 .25rem; font-size: .9rem; font-weight: 400; }
  p { margin: .25rem 0; overflow-wrap: anywhere; }
  code, pre { font: 13px/1.5 ui-monospace, monospace; }
  .command { display: flex; align-items: center; gap: .5rem; }
  .copy { font: 12px system-ui, sans-serif; }
  .items { display: flex; flex-wrap: wrap; gap: 0 1rem; }
  pre { flex: 1; min-width: 0; margin: 0; padding: .75rem 1rem; overflow-x: auto; border: 1px solid #8884; border-radius: .5rem; background: #8881; }
</style>
<main>
<h1>Ready on http://localhost:${port}</h1>
<p>Copy a command into a terminal, or <a href="/_local/">open the console</a>.</p>
${differences === '' ? '' : `<pre tabindex="0">${escapeHtml(differences.trim())}</pre>`}
${sections.map(renderSection).join('\n')}
<p>${escapeHtml(formatSupportSummary(support))}</p>
<p>${escapeHtml(formatStrictNotice(strictness, region))}</p>
<p>Stop: Ctrl+C in the terminal</p>
</main>
<script type="module" src="/_local/console/start.js"></script>
</html>
`;
}

function renderSection({ title, address, items, commands }: OverviewSection): string {
  // The terminal shows no labels, so sections with outputs contain theirs as items.
  const isLabel = (item: string) => commands.some(({ label }) => item === `${label}:`);
  const list = items
    .filter((item) => !isLabel(item))
    .map((item) => `<code>${escapeHtml(item)}</code>`)
    .join(' ');
  const others = commands.filter(({ command }) => command !== address);
  return [
    `<h2>${escapeHtml(title)}</h2>`,
    ...(address === undefined ? [] : [renderCommand(address)]),
    ...(list === '' ? [] : [`<p class="items">${list}</p>`]),
    ...others.map(({ label, command }) => `<h3>${escapeHtml(label)}</h3>${renderCommand(command)}`),
  ].join('\n');
}

function renderCommand(command: string): string {
  return `<div class="command"><pre tabindex="0">${escapeHtml(command)}</pre></div>`;
}
