// Tries out a stack from end to end, in a room of its own: npm run smoke -- --stack NAME | --port 3000 |
// --ws-url wss://… [--http-url https://…]. Exits with 1 at the first step that fails.
import { parseArgs } from 'node:util';
import { type Addresses, smokeSteps } from './smoke/steps';
import { CommandError, deployedStack, localStack, output, run } from './stack';

run(async () => {
  const addresses = await readAddresses();
  process.stdout.write(`${addresses.wsUrl}\n`);
  const { steps, close } = smokeSteps(addresses);
  try {
    for (const { name, run: runStep } of steps) {
      const started = performance.now();
      await runStep().catch((error: Error) => {
        throw new CommandError(`  failed  ${name}: ${error.message}`);
      });
      process.stdout.write(`  ok      ${name} (${Math.round(performance.now() - started)} ms)\n`);
    }
  } finally {
    close();
  }
  process.stdout.write('The stack works.\n');
});

async function readAddresses(): Promise<Addresses> {
  const values = readArguments();
  if (values['ws-url']) return { wsUrl: values['ws-url'], httpUrl: values['http-url'] };
  const place = values.stack ? await deployedStack(values.stack) : await localStack(Number(values.port));
  return {
    wsUrl: output(place, 'WebSocketUrl'),
    httpUrl: output(place, 'BroadcastUrl').replace(/\/broadcastmessage$/, ''),
  };
}

function readArguments() {
  try {
    const string = { type: 'string' } as const;
    const options = {
      stack: string,
      port: { ...string, default: '3000' },
      'ws-url': string,
      'http-url': string,
    };
    return parseArgs({ options }).values;
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}
