import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { type ConnectionsApi, createConnectionsApi } from '../aws/api-gateway/connections-api';
import { createPoster } from '../aws/transport/poster';
import { median } from './median';

const POSTS = 2000;
const CONCURRENCY = 50;
const ROUNDS = 5;
const FRAME = JSON.stringify({ type: 'message', text: 'x'.repeat(200) });

/** The code of a server that runs in a separate process, prints its port, and responds to every request. */
const SERVER = `
  const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-length': '0' }).end());
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

/** Compares the CPU time per post of the SDK client and the poster. Excludes the CPU time of the server. */
export async function measurePosting() {
  const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(server.stdout, 'data');
  const endpoint = `http://127.0.0.1:${String(port).trim()}/production`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new ApiGatewayManagementApiClient({ endpoint, region: 'us-east-1', credentials });
  const variants = {
    'SDK client': createConnectionsApi(client),
    poster: createPoster(client, endpoint),
  };
  const times = new Map(Object.keys(variants).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, connections] of Object.entries(variants)) {
      const microseconds = await measureCpuPerPost(connections);
      if (round > 0) times.get(name)?.push(microseconds); // the first round warms up the JIT compiler
    }
  }
  client.destroy();
  server.kill();
  const sdk = median(times.get('SDK client') ?? []);
  return [...times].map(([name, all]) => ({
    variant: name,
    'CPU µs per post': Math.round(median(all)),
    ratio: (median(all) / sdk).toFixed(2),
  }));
}

async function measureCpuPerPost(connections: Pick<ConnectionsApi, 'post'>): Promise<number> {
  const before = process.cpuUsage();
  let remaining = POSTS;
  const worker = async () => {
    while (remaining-- > 0) await connections.post('L0SM9cOFvHcCIhw=', FRAME);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / POSTS;
}
