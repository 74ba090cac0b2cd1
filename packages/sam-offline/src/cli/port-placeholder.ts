import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

const PLACEHOLDER = '{port}';

/**
 * Replaces `{port}` in parameter values, so that a parameter can contain the address of the runtime. Selects a free port
 * for port 0 only if a value needs it, because another process can take the port before the runtime does.
 */
export async function fillPort(
  parameters: Readonly<Record<string, string>>,
  requestedPort: number,
): Promise<{ parameters: Record<string, string>; port: number }> {
  const isUsed = Object.values(parameters).some((value) => value.includes(PLACEHOLDER));
  const port = isUsed && requestedPort === 0 ? await findFreePort() : requestedPort;
  const filled = Object.entries(parameters).map(([name, value]) => [
    name,
    value.replaceAll(PLACEHOLDER, String(port)),
  ]);
  return { parameters: Object.fromEntries(filled), port };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
