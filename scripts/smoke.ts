// Tries out a stack from end to end, in a room of its own: `npm run smoke`.
import { runCommand, wholeNumber } from './command-line';
import { type Addresses, smokeSteps } from './smoke/steps';
import { CommandError, deployedStack, localStack, output, type StackPlace } from './stack';

const usage = `
Tries out a stack from end to end, in a room of its own. Exits with 1 at the first step that fails.

  npm run smoke -- [options]

  --port PORT     the runtime that npm start runs on this port (default 3000)
  --stack NAME    a deployed stack instead
  --ws-url URL    whatever answers at this address (wss://…) instead
  --http-url URL  beside --ws-url: its HTTP API (https://…); without it broadcasts are not tried
  --help          show this text
`;

const options = {
  port: { type: 'string', default: '3000' },
  stack: { type: 'string' },
  'ws-url': { type: 'string' },
  'http-url': { type: 'string' },
} as const;

runCommand({ usage, options }, async ({ 'ws-url': wsUrl, 'http-url': httpUrl, stack, port }) => {
  if (wsUrl) return tryOut('what answers', { wsUrl, httpUrl });
  if (stack) return tryOut(`the stack ${stack}`, addressesOf(await deployedStack(stack)));
  const local = await localStack(wholeNumber('port', port));
  return tryOut(`the runtime on port ${port}`, addressesOf(local));
});

function addressesOf(place: StackPlace): Addresses {
  return {
    wsUrl: output(place, 'WebSocketUrl'),
    httpUrl: output(place, 'BroadcastUrl').replace(/\/broadcastmessage$/, ''),
  };
}

async function tryOut(what: string, addresses: Addresses): Promise<void> {
  process.stdout.write(`Trying ${what} at ${addresses.wsUrl}\n`);
  const { steps, close } = smokeSteps(addresses);
  try {
    for (const { name, run } of steps) {
      const started = performance.now();
      await run().catch((error: Error) => {
        throw new CommandError(`  failed  ${name}: ${error.message}`);
      });
      process.stdout.write(`  ok      ${name} (${Math.round(performance.now() - started)} ms)\n`);
    }
  } finally {
    close();
  }
  process.stdout.write('The stack works.\n');
}
