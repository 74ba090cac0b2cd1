import type { App } from '../app-model/app';
import { type Command, createSection, type DescribeService, type OverviewSection } from '../core/overview';
import { describeTables } from '../dynamodb/overview';
import { describeEventBuses } from '../events/overview';
import { describeFunctionUrls } from '../function-urls/overview';
import { describeHttpApis } from '../http-api/overview';
import { describeFunctions } from '../lambda/overview';
import { describeRestApis } from '../rest-api/overview';
import { describeSchedules } from '../scheduler/overview';
import { describeQueues } from '../sqs/overview';
import { describeStateMachines } from '../states/overview';
import { describeWebSocketApis } from '../websocket-api/overview';
import { createAddressRewriter } from './endpoints';

export interface OverviewOptions {
  readonly app: App;
  readonly port: number;
  /** Returns the value of a secret by name or ARN. */
  readonly secretValue: (id: string) => string | undefined;
  /** Whether the application has a page at `/`. */
  readonly hasPage: boolean;
  /** The logical IDs of functions that cannot be bundled or loaded. Default: none. */
  readonly failedFunctions?: readonly string[];
}

/**
 * The functions that describe the resources of each service, in the order of the ready message. To add a service, add its
 * function here.
 */
const SERVICES: readonly DescribeService<App>[] = [
  describeWebSocketApis,
  describeHttpApis,
  describeRestApis,
  describeFunctionUrls,
  describeFunctions,
  describeStateMachines,
  describeEventBuses,
  describeSchedules,
  describeQueues,
  describeTables,
];

/** Matches a command that reads a secret. */
const READ_SECRET =
  /\$\(aws secretsmanager get-secret-value --secret-id (\S+) --query SecretString --output text\)/g;

/** Matches text that does not contain characters with a special meaning in shells. */
const SHELL_SAFE = /^[\w.,:/@%+=-]+$/;

/** Describes a running application: its addresses, routes and resources, and commands to try them. */
export function createOverview(options: OverviewOptions): OverviewSection[] {
  const { app, port, hasPage, failedFunctions = [] } = options;
  const sections = SERVICES.flatMap((describe) => describe(app, port));
  const known = new Set(sections.flatMap(({ commands }) => commands.map(({ command }) => command)));
  const outputs = listOutputCommands(options).filter(({ command }) => !known.has(command));
  return [
    ...createSection('Not running', failedFunctions),
    ...(hasPage ? [createAddress('Page', `http://localhost:${port}/`)] : []),
    createAddress('Console', `http://localhost:${port}/_local/`),
    ...sections,
    ...outputs.map((output) => ({ title: 'Output', items: [`${output.label}:`], commands: [output] })),
  ];
}

function createAddress(title: string, address: string): OverviewSection {
  return {
    title,
    address,
    items: [],
    commands: [{ label: `Open the ${title.toLowerCase()}`, command: address }],
  };
}

/**
 * Returns the outputs whose names end with `Command`. Replaces AWS addresses with local addresses, and commands that read
 * secrets with the secret values. Omits a command if a shell would interpret characters of the secret.
 */
function listOutputCommands({ app, port, secretValue }: OverviewOptions): Command[] {
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
