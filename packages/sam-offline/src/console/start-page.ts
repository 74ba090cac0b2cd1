import type { App } from '../app-model/app';
import type { OverviewSection } from '../core/overview';
import { escapeHtml } from '../http/escape-html';
import { formatDifferences, formatSupportSummary } from '../template/support-table';
import { formatStrictNotice, type Strictness } from './strict-notice';

/** The style sheets of the console that the page shares. */
const STYLE_SHEETS = ['base', 'elements', 'layout', 'json-view'];

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
  const titles = sections.map(({ title }) => title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Commands · ${escapeHtml(stackName)}</title>
<link rel="icon" href="/_local/console/icon.svg" type="image/svg+xml">
${STYLE_SHEETS.map((name) => `<link rel="stylesheet" href="/_local/console/${name}.css">`).join('\n')}
<link rel="stylesheet" href="/_local/console/start.css">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<p class="brand"><strong>${escapeHtml(stackName)}</strong> <span class="dim">sam-offline</span></p>
<p><a href="/_local/">Console</a></p>
</header>
<nav class="tabs" aria-label="Sections"><ul>
${titles.map((title, index) => `<li><a href="#section-${index}">${escapeHtml(title)}</a></li>`).join('\n')}
</ul></nav>
<main id="main" class="start" tabindex="-1">
<div class="bar"><h1>Commands</h1> <span class="dim">Ready on http://localhost:${port}</span></div>
<div class="sections">
${differences === '' ? '' : `<section class="card"><h2>Notes about the template</h2><pre tabindex="0">${escapeHtml(differences.trim())}</pre></section>`}
${sections.map(renderSection).join('\n')}
<section class="card">
<h2>Runtime</h2>
<p>${escapeHtml(formatSupportSummary(support))}</p>
<p>${escapeHtml(formatStrictNotice(strictness, region))}</p>
<p>Stop: Ctrl+C in the terminal</p>
</section>
</div>
</main>
<script type="module" src="/_local/console/start.js"></script>
</body>
</html>
`;
}

function renderSection({ title, address, items, commands }: OverviewSection, index: number): string {
  // For the terminal, which prints no labels, sections with outputs contain the labels as items.
  const isLabel = (item: string) => commands.some(({ label }) => item === `${label}:`);
  const list = items
    .filter((item) => !isLabel(item))
    .map((item) => `<code class="tag">${escapeHtml(item)}</code>`)
    .join(' ');
  const others = commands.filter(({ command }) => command !== address);
  return [
    `<section class="card" id="section-${index}">`,
    `<h2>${escapeHtml(title)}</h2>`,
    ...(list === '' ? [] : [`<p class="items">${list}</p>`]),
    ...(address === undefined ? [] : [renderCommand(address)]),
    ...others.map(({ label, command }) => `<h3>${escapeHtml(label)}</h3>${renderCommand(command)}`),
    '</section>',
  ].join('\n');
}

function renderCommand(command: string): string {
  return `<div class="command"><pre tabindex="0">${escapeHtml(command)}</pre></div>`;
}
