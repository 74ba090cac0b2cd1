import { localEndpoints } from '../app/endpoints';
import type { App } from '../core/model';
import { escapeHtml } from '../http/escape-html';

/** A line to copy, and what it is for. */
interface Line {
  readonly label: string;
  readonly command: string;
}

/** What lines are made of beside the app. */
export interface LineSources {
  readonly app: App;
  readonly port: number;
  /** A secret's value by its name or ARN; undefined if it has none. */
  readonly secret: (id: string) => string | undefined;
  /** Whether the app has a page to open. */
  readonly hasPage: boolean;
}

/** What an output's command writes for a secret's value. */
const SECRET =
  /\$\(aws secretsmanager get-secret-value --secret-id (\S+) --query SecretString --output text\)/g;

/** Values that mean themselves wherever a shell finds them. */
const SHELL_SAFE = /^[\w.,:/@%+=-]+$/;

/** The commands that talk to this runtime, ready to paste. */
function linesOf(sources: LineSources): Line[] {
  const { app, port } = sources;
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
  const commands = commandsOf(sources).filter(
    ({ command }) => !sockets.some((socket) => socket.command === command),
  );
  const page = { label: 'Open the page', command: `http://localhost:${port}/` };
  return [...(sources.hasPage ? [page] : []), ...sockets, ...commands, ...tables];
}

/**
 * The template's outputs whose names end in `Command`, as they are pasted here: with this runtime's addresses, and with
 * the secrets themselves where a command would fetch them. One whose secret a shell would not take as it is, is left out.
 */
function commandsOf({ app, port, secret }: LineSources): Line[] {
  const local = localEndpoints(app, () => port);
  return app.outputs.flatMap(({ key, value, description = key }) => {
    if (!key.endsWith('Command')) return [];
    let isComplete = true;
    const command = local(value).replace(SECRET, (_, id: string) => {
      const found = secret(id);
      if (found === undefined || !SHELL_SAFE.test(found)) isComplete = false;
      return found ?? '';
    });
    return isComplete ? [{ label: description, command }] : [];
  });
}

/** What is printed when the runtime is ready. */
export function linesToCopy(sources: LineSources): string {
  const { port } = sources;
  const lines = linesOf(sources).map(({ label, command }) => `  ${label}:\n    ${command}\n`);
  const watch = `  Watch it work:\n    http://localhost:${port}/_local/\n`;
  return `\nReady on http://localhost:${port}\n\n${[...lines, watch].join('\n')}\n  Stop: Ctrl+C\n`;
}

/** The same lines, as a page for a browser. */
export function startPage(sources: LineSources): string {
  const { app, port } = sources;
  const items = linesOf(sources)
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
<p>The template's functions, tables, bus, queue and state machine answer here. Copy a line into a terminal,
and <a href="/_local/">watch it work</a>.</p>
${items}
</html>
`;
}
