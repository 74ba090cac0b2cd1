import type { OverviewSection } from '../core/overview';
import { escapeHtml } from '../http/escape-html';

/** Renders the page at `/` of an application without a website: the commands of the ready message. */
export function renderStartPage(
  stackName: string,
  port: number,
  sections: readonly OverviewSection[],
): string {
  const items = sections
    .flatMap(({ commands }) => commands)
    .map(({ label, command }) => `<h2>${escapeHtml(label)}</h2><pre>${escapeHtml(command)}</pre>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(stackName)} on port ${port}</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }
  h2 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
  pre { margin: 0; padding: .75rem 1rem; overflow-x: auto; border: 1px solid #8884; border-radius: .5rem; background: #8881; }
</style>
<h1>Running on port ${port}</h1>
<p>Copy a command into a terminal, or <a href="/_local/">open the console</a>.</p>
${items}
</html>
`;
}
