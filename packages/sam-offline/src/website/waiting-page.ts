import { escapeHtml } from '../http/escape-html';
import type { BuildState } from './build';

/** What stands in for a page that is not built: it comes by itself, or one sees why not. Undefined for one that is. */
export function waitingPage(state: BuildState): string | undefined {
  if (state.is === 'built') return undefined;
  const isFailed = state.is === 'failed';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${isFailed ? '' : '<meta http-equiv="refresh" content="1">'}
<title>${isFailed ? 'Not built' : 'One moment…'}</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }
  pre { overflow-x: auto; }
</style>
${
  isFailed
    ? `<h1>The page could not be built</h1><pre>${escapeHtml(state.output)}</pre>`
    : '<h1>One moment…</h1><p>The page is being built. It comes by itself.</p>'
}
<p><a href="/_local/start">Lines to copy</a></p>
</html>
`;
}
