import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { type ConnectionsApi, createConnectionsApi } from '../functions/aws/api-gateway/connections-api';
import { createPoster } from '../functions/aws/api-gateway/poster';
import { median } from './median';

const POSTS = 2000;
const AT_ONCE = 50;
const ROUNDS = 5;
const FRAME = JSON.stringify({ type: 'message', text: 'x'.repeat(200) });

/** The two ways to post, each against the same server on loopback, in turns: CPU time per post, the server's included. */
export async function posting() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-length': '0' }).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/production`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new ApiGatewayManagementApiClient({ endpoint, region: 'us-east-1', credentials });
  const ways = {
    "the SDK's client": createConnectionsApi(client),
    'the poster': createPoster(client, endpoint),
  };
  const times = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, sockets] of Object.entries(ways)) {
      const microseconds = await cpuPerPost(sockets);
      if (round > 0) times.get(name)?.push(microseconds); // the first is for the compiler
    }
  }
  client.destroy();
  server.close();
  const sdk = median(times.get("the SDK's client") ?? []);
  return [...times].map(([name, all]) => ({
    way: name,
    'CPU µs a post': Math.round(median(all)),
    "of the SDK's": (median(all) / sdk).toFixed(2),
  }));
}

async function cpuPerPost(sockets: Pick<ConnectionsApi, 'post'>): Promise<number> {
  const before = process.cpuUsage();
  let left = POSTS;
  const lane = async () => {
    while (left-- > 0) await sockets.post('L0SM9cOFvHcCIhw=', FRAME);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / POSTS;
}
