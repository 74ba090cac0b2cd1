import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

export const DEFAULT_PORT = 3000;

const PLACEHOLDER = '{port}';

type Values = Readonly<Record<string, string>>;

/**
 * Returns the port to listen on. For port 0, selects a free port only if a value contains `{port}`, because another process can
 * open the selected port before the runtime does.
 */
export async function choosePort(requestedPort: number, values: readonly string[]): Promise<number> {
  const isUsed = values.some((value) => value.includes(PLACEHOLDER));
  return isUsed && requestedPort === 0 ? await findFreePort() : requestedPort;
}

/** Replaces `{port}` in parameter values, so that a parameter can contain the address of the runtime. */
export function fillPort(parameters: Values, port: number): Record<string, string> {
  const filled = Object.entries(parameters).map(([name, value]) => [
    name,
    value.replaceAll(PLACEHOLDER, String(port)),
  ]);
  return Object.fromEntries(filled);
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
