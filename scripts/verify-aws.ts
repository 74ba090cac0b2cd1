// npm run verify:aws: checks the configuration and the behavior of a deployed stack.
import { writeFileSync } from 'node:fs';
import { parsePositiveInteger, runCommand, UsageError } from './command-line';
import {
  addPageOutputs,
  CommandError,
  describeDeployedStack,
  describeLocalStack,
  type StackInfo,
} from './stack';
import { checks } from './verify-aws/checks';
import {
  readDeployedConfiguration,
  readLocalConfiguration,
  type StackConfiguration,
} from './verify-aws/configuration';
import { probes } from './verify-aws/probes';
import { formatReport, type Result } from './verify-aws/report';

const usage = `
Checks the configuration of a deployed stack through the AWS APIs, and its behavior in a new room. Exits with 1 if a
check fails.

  npm run verify:aws -- --stack NAME | --local [options]

  --stack NAME  check a deployed stack
  --local       check the local runtime; checks that need AWS are skipped
  --port PORT   with --local: port of the runtime (default 3000)
  --json        print the configuration as JSON instead
  --report FILE write the results with the date to a Markdown file as well
  --help        show this text
`;

const options = {
  stack: { type: 'string' },
  local: { type: 'boolean', default: false },
  port: { type: 'string', default: '3000' },
  json: { type: 'boolean', default: false },
  report: { type: 'string' },
} as const;

runCommand({ usage, options }, async ({ stack: stackName, local, port, json, report }) => {
  if (!stackName && !local) throw new UsageError('No stack selected. Use --stack NAME or --local.');
  const stack = stackName
    ? await addPageOutputs(await describeDeployedStack(stackName), stackName)
    : await describeLocalStack(parsePositiveInteger('port', port));
  const configuration = stackName
    ? await readDeployedConfiguration(stack, stackName)
    : await readLocalConfiguration(stack);
  if (json) {
    process.stdout.write(`${JSON.stringify(configuration, null, 2)}\n`);
    return;
  }
  const results = await runChecks(configuration, stack, !stackName);
  if (report !== undefined)
    writeFileSync(report, formatReport(stackName ?? 'the local runtime', results, new Date()));
  const failed = results.filter(({ verdict }) => verdict === 'FAILED');
  if (failed.length > 0) throw new CommandError(`${failed.length} of ${results.length} checks failed.`);
  process.stdout.write('No check failed.\n');
});

async function runChecks(
  configuration: StackConfiguration,
  stack: StackInfo,
  isLocal: boolean,
): Promise<Result[]> {
  const results: Result[] = [];
  const add = (result: Result) => {
    results.push(result);
    process.stdout.write(`  ${formatResult(result)}\n`);
  };
  for (const { name, needs, findFailure } of checks) {
    if (configuration[needs] === undefined) add({ name, verdict: 'skipped' });
    else add(toResult(name, findFailure(configuration as Required<StackConfiguration>)));
  }
  for (const { name, onlyOnAws, findObstacle, run } of probes) {
    const isAvailable = onlyOnAws === undefined || (!isLocal && stack.outputs[onlyOnAws] !== undefined);
    const obstacle = isAvailable ? await findObstacle?.(stack) : undefined;
    if (!isAvailable) add({ name, verdict: 'skipped' });
    else if (obstacle !== undefined) add({ name, verdict: 'not applicable', reason: obstacle });
    else {
      const failure = await run(stack).then(
        () => undefined,
        ({ message }: Error) => message,
      );
      add(toResult(name, failure));
    }
  }
  return results;
}

function toResult(name: string, failure: string | undefined): Result {
  return failure === undefined ? { name, verdict: 'ok' } : { name, verdict: 'FAILED', reason: failure };
}

function formatResult({ verdict, name, reason }: Result): string {
  return `${verdict.padEnd(8)} ${name}${reason === undefined ? '' : `: ${reason}`}`;
}
