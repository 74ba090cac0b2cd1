// Posts a message to all connections of an API that has no functions, as fast as one thread can. It uses Roomcast's poster and
// no other code. The body of the HTTP request is the message.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { createPoster } from '../../../aws/transport/poster';

/** The number of concurrent posts, the same as in Roomcast. */
const CONCURRENCY = 50;

const command = join(__dirname, '../../../packages/sam-offline/bin/sam-offline.js');
const child = spawn(
  process.execPath,
  [command, '--template', join(__dirname, 'sockets.yaml'), '--port', '0'],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 0));
createInterface({ input: child.stdout }).on('line', (line) => {
  const url = /Ready on (\S+)/.exec(line)?.[1];
  if (url !== undefined) serve(url);
});

function serve(runtimeUrl: string): void {
  const endpoint = `${runtimeUrl}/production`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new ApiGatewayManagementApiClient({ endpoint, region: 'us-east-1', credentials });
  const poster = createPoster(client, endpoint);
  let connectionIds: string[] = [];
  const broadcast = async (message: string) => {
    const remaining = [...connectionIds];
    const worker = async () => {
      for (let id = remaining.pop(); id !== undefined; id = remaining.pop()) await poster.post(id, message);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  };
  const server = createServer(async (request, response) => {
    if (request.url === '/connections') {
      const listed = (await (await fetch(`${runtimeUrl}/_local/connections`)).json()) as {
        connectionId: string;
      }[];
      connectionIds = listed.map(({ connectionId }) => connectionId);
    } else {
      await broadcast(await text(request));
    }
    response.end();
  });
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`Ready on ${runtimeUrl} http://127.0.0.1:${port}\n`);
  });
}
