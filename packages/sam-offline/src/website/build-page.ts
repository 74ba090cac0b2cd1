import { escapeHtml } from '../http/escape-html';
import type { BuildState } from './build';

/**
 * Renders the page that is shown during a build or after a failed build. During a build, the page reloads automatically.
 * Returns undefined if the website is built.
 */
export function renderBuildPage(state: BuildState): string | undefined {
  if (state.status === 'built') return undefined;
  const isFailed = state.status === 'failed';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${isFailed ? '' : '<meta http-equiv="refresh" content="1">'}
<title>${isFailed ? 'Build failed' : 'Building…'}</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }
  pre { overflow-x: auto; }
</style>
${
  isFailed
    ? `<h1>The build failed</h1>
<p>Fix the error and reload this page.</p>
<pre>${escapeHtml(state.output)}</pre>`
    : '<h1>Building the web page…</h1><p>It opens when the build is complete.</p>'
}
<p><a href="/_local/start">Commands for this application</a></p>
</html>
`;
}
