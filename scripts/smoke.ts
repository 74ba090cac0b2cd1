// npm run smoke: tests a stack from end to end in a room that it creates.
import { parsePositiveInteger, runCommand } from './command-line';
import { adviseProtection } from './smoke/advise-protection';
import { createSmokeTest, type Endpoints } from './smoke/steps';
import {
  CommandError,
  describeDeployedStack,
  describeLocalStack,
  requireOutput,
  type StackInfo,
} from './stack';

const usage = `
Tests a stack from end to end in a new room. Exits with 1 at the first step that fails.

  npm run smoke -- [options]

  --port PORT     port of the local runtime (default 3000)
  --stack NAME    test a deployed stack instead
  --ws-url URL    test the WebSocket API at this URL (wss://…) instead
  --http-url URL  with --ws-url: the URL of the HTTP API (https://…); if omitted, the broadcast step is skipped
  --help          show this text
`;

const options = {
  port: { type: 'string', default: '3000' },
  stack: { type: 'string' },
  'ws-url': { type: 'string' },
  'http-url': { type: 'string' },
} as const;

runCommand({ usage, options }, async ({ 'ws-url': wsUrl, 'http-url': httpUrl, stack, port }) => {
  if (wsUrl) return runSmokeTest({ wsUrl, httpUrl });
  if (stack) {
    const deployed = await describeDeployedStack(stack);
    await runSmokeTest(endpointsOf(deployed));
    process.stdout.write(await adviseProtection(deployed));
    return;
  }
  return runSmokeTest(endpointsOf(await describeLocalStack(parsePositiveInteger('port', port))));
});

function endpointsOf(stack: StackInfo): Endpoints {
  return {
    wsUrl: requireOutput(stack, 'WebSocketUrl'),
    httpUrl: requireOutput(stack, 'BroadcastUrl').replace(/\/broadcastmessage$/, ''),
  };
}

async function runSmokeTest(endpoints: Endpoints): Promise<void> {
  process.stdout.write(`Testing ${endpoints.wsUrl}\n`);
  const { steps, close } = createSmokeTest(endpoints);
  try {
    for (const { name, run } of steps) {
      const startedAt = performance.now();
      await run().catch((error: Error) => {
        throw new CommandError(`  FAILED  ${name}: ${error.message}`);
      });
      process.stdout.write(`  ok      ${name} (${Math.round(performance.now() - startedAt)} ms)\n`);
    }
  } finally {
    close();
  }
  process.stdout.write('All steps passed.\n');
}
