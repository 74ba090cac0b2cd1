import type { Command } from '../console/start-page';
import type { App } from '../core/model';
import { getStagePath } from '../websocket-api/routes';
import { createAddressRewriter } from './endpoints';

export interface CommandOptions {
  readonly app: App;
  readonly port: number;
  /** Returns the value of a secret by name or ARN. */
  readonly secretValue: (id: string) => string | undefined;
  /** Whether the application has a page at `/`. */
  readonly hasPage: boolean;
}

/** The command that reads a secret, as outputs contain it. */
const READ_SECRET =
  /\$\(aws secretsmanager get-secret-value --secret-id (\S+) --query SecretString --output text\)/g;

/** Text that no shell interprets. */
const SHELL_SAFE = /^[\w.,:/@%+=-]+$/;

/** Returns commands to try the running application, ready to paste into a terminal. */
export function listCommands(options: CommandOptions): Command[] {
  const { app, port } = options;
  const webSockets = app.webSocketApis.map((api) => ({
    label: 'Connect a WebSocket client',
    command: `npx wscat -c ws://localhost:${port}${getStagePath(api, app.webSocketApis)}`,
  }));
  const tables = app.tables.map(({ logicalId, name }) => ({
    label: `Scan ${logicalId}`,
    command:
      'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local ' +
      `aws dynamodb scan --table-name ${name} --region ${app.region} --endpoint-url http://localhost:${port}`,
  }));
  const outputs = listOutputCommands(options).filter(
    ({ command }) => !webSockets.some((other) => other.command === command),
  );
  const page = { label: 'Open the web page', command: `http://localhost:${port}/` };
  return [...(options.hasPage ? [page] : []), ...webSockets, ...outputs, ...tables];
}

/**
 * Returns the outputs whose names end with `Command`, with local addresses and with the values of secrets instead of the
 * commands that read them. Omits commands with secrets that a shell would interpret.
 */
function listOutputCommands({ app, port, secretValue }: CommandOptions): Command[] {
  const rewrite = createAddressRewriter(app, () => port);
  return app.outputs.flatMap(({ key, value, description = key }) => {
    if (!key.endsWith('Command')) return [];
    let isSafe = true;
    const command = rewrite(value).replace(READ_SECRET, (_, id: string) => {
      const secret = secretValue(id);
      if (secret === undefined || !SHELL_SAFE.test(secret)) isSafe = false;
      return secret ?? '';
    });
    return isSafe ? [{ label: description, command }] : [];
  });
}
