// Starts AWS's sample chat in serverless-offline, with DynamoDB emulated by dynalite. Prints "Ready on URL".
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import dynalite from 'dynalite';
import { findFreePorts, HOST } from '../servers/free-ports.mjs';

const folder = join(import.meta.dirname, '..'); // the handlers must be in this folder
const TABLE = {
  TableName: 'connections',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'connectionId', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }],
};

/** Starts the emulated DynamoDB, creates the connections table, and returns the address. */
async function startDatabase() {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, HOST);
  await once(server, 'listening');
  const url = `http://${HOST}:${server.address().port}`;
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.CreateTable',
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      'x-amz-date': '20260101T000000Z',
    },
    body: JSON.stringify(TABLE),
  });
  if (!response.ok) throw new Error(await response.text());
  return url;
}

const [httpPort, websocketPort, lambdaPort] = await findFreePorts(3);
const endpoint = `http://${HOST}:${websocketPort}`;
const environment = {
  ...process.env,
  CALLBACK_URL: endpoint,
  AWS_ENDPOINT_URL_DYNAMODB: await startDatabase(),
};
const ports = { httpPort, websocketPort, lambdaPort, albPort: 0 };
const args = Object.entries(ports).flatMap(([name, port]) => [`--${name}`, String(port)]);
const child = spawn(
  process.execPath,
  [
    'serverless-offline/node_modules/serverless/bin/serverless.js',
    'offline',
    '--host',
    HOST,
    '--noSponsor',
    ...args,
  ],
  { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 0));
for (const stream of [child.stdout, child.stderr]) {
  createInterface({ input: stream }).on('line', (line) => {
    process.stderr.write(`${line}\n`);
    if (line.includes('[http for websocket] listening')) process.stdout.write(`Ready on ${endpoint}\n`);
  });
}
