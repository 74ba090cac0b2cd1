// npm run verify:aws: checks the configuration and the behavior of a deployed stack.
import { parsePositiveInteger, runCommand, UsageError } from './command-line';
import { CommandError, describeDeployedStack, describeLocalStack, type StackInfo } from './stack';
import { checks } from './verify-aws/checks';
import {
  readDeployedConfiguration,
  readLocalConfiguration,
  type StackConfiguration,
} from './verify-aws/configuration';
import { probes } from './verify-aws/probes';

const usage = `
Checks the configuration of a deployed stack through the AWS APIs, and its behavior in a new room. Exits with 1 if a
check fails.

  npm run verify:aws -- --stack NAME | --local [options]

  --stack NAME  check a deployed stack
  --local       check the local runtime; checks that need AWS are skipped
  --port PORT   with --local: port of the runtime (default 3000)
  --json        print the configuration as JSON instead
  --help        show this text
`;

const options = {
  stack: { type: 'string' },
  local: { type: 'boolean', default: false },
  port: { type: 'string', default: '3000' },
  json: { type: 'boolean', default: false },
} as const;

runCommand({ usage, options }, async ({ stack: stackName, local, port, json }) => {
  if (!stackName && !local) throw new UsageError('No stack selected. Use --stack NAME or --local.');
  const stack = stackName
    ? await describeDeployedStack(stackName)
    : await describeLocalStack(parsePositiveInteger('port', port));
  const configuration = stackName
    ? await readDeployedConfiguration(stack, stackName)
    : await readLocalConfiguration(stack);
  if (json) process.stdout.write(`${JSON.stringify(configuration, null, 2)}\n`);
  else await runChecks(configuration, stack, !stackName);
});

async function runChecks(
  configuration: StackConfiguration,
  stack: StackInfo,
  isLocal: boolean,
): Promise<void> {
  let failed = 0;
  const report = (name: string, failure: string | undefined) => {
    if (failure !== undefined) failed += 1;
    const verdict = failure === undefined ? 'ok      ' : 'FAILED  ';
    process.stdout.write(`  ${verdict} ${name}${failure === undefined ? '' : `: ${failure}`}\n`);
  };
  const skip = (name: string) => process.stdout.write(`  skipped  ${name}\n`);
  for (const { name, needs, findFailure } of checks) {
    if (configuration[needs] === undefined) skip(name);
    else report(name, findFailure(configuration as Required<StackConfiguration>));
  }
  for (const { name, onlyOnAws, run } of probes) {
    const applies = onlyOnAws === undefined || (!isLocal && stack.outputs[onlyOnAws] !== undefined);
    if (!applies) skip(name);
    else
      report(
        name,
        await run(stack).then(
          () => undefined,
          ({ message }: Error) => message,
        ),
      );
  }
  if (failed > 0) throw new CommandError(`${failed} of ${checks.length + probes.length} checks failed.`);
  process.stdout.write('No check failed.\n');
}
