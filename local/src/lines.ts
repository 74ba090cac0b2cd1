import type { App } from './model';

/** A line to copy, and what it is for. */
interface Line {
  readonly label: string;
  readonly command: string;
}

/** The commands that talk to this runtime, ready to paste. */
function linesOf(app: App, port: number): Line[] {
  const sockets = app.webSocketApis.map(({ stage }) => ({
    label: 'Open a WebSocket',
    command: `npx wscat -c ws://localhost:${port}/${stage}`,
  }));
  const tables = app.tables.map(({ logicalId, name }) => ({
    label: `Look into ${logicalId}`,
    command:
      'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local ' +
      `aws dynamodb scan --table-name ${name} --region ${app.region} --endpoint-url http://localhost:${port}`,
  }));
  return [...sockets, ...tables];
}

/** What is printed when the runtime is ready. */
export function linesToCopy(app: App, port: number): string {
  const lines = linesOf(app, port).map(({ label, command }) => `  ${label}:\n    ${command}\n`);
  return `\nReady on http://localhost:${port}\n\n${lines.join('\n')}\n  Stop: Ctrl+C\n`;
}

/** The same lines, as a page for a browser. */
export function startPage(app: App, port: number): string {
  const items = linesOf(app, port)
    .map(({ label, command }) => `<h2>${escapeHtml(label)}</h2><pre>${escapeHtml(command)}</pre>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(app.stackName)} on this machine</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 3rem auto; padding: 0 1rem; }
  h2 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
  pre { margin: 0; padding: .75rem 1rem; overflow-x: auto; border: 1px solid #8884; border-radius: .5rem; background: #8881; }
</style>
<h1>Running on port ${port}</h1>
<p>The template's functions, tables, bus, queue and state machine answer here. Copy a line into a terminal.</p>
${items}
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
