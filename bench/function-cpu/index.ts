import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FunctionModel, loadTemplate } from 'sam-offline';
import { connectionItem, membershipItem, roomItem, rowExpiry } from '../../functions/aws/dynamodb/items';
import { root } from '../../tests/support/template';
import { bundleFunction } from '../bundle';
import { median } from '../median';

const ROUNDS = 7;
const CONNECTION = 'L0SM9cOFvHcCIhw=';
const ROOM = '123456789';
const TEXT = 'x'.repeat(200);

/** Measures the CPU time of a warm invocation of `sendmessage` and `post`, without that of the services, in milliseconds. */
export async function measureFunctionCpu() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-function-cpu-'));
  const { functions } = loadTemplate({ file: join(root, 'template.yaml') });
  const find = (name: string) =>
    functions.find(({ handler }) => handler === `functions/${name}.handler`) as FunctionModel;
  const [key, cert] = createCertificate(folder);
  const items = JSON.stringify(createItems(find('sendmessage')));
  const server = spawn(process.execPath, [join(__dirname, 'services.mjs'), key, cert, items], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [port] = await once(server.stdout, 'data');
    const endpoint = `https://127.0.0.1:${String(port).trim()}`;
    const rows = [];
    for (const { label, name, event, perRound } of [
      { label: 'sendmessage', name: 'sendmessage', event: createFrame(), perRound: 100 },
      ...[1, 10, 100, 350].map((count) => ({
        label: `post, ${count} rows`,
        name: 'post',
        event: createBatch(count),
        perRound: Math.ceil(2000 / (count + 20)),
      })),
    ]) {
      const bundle = await bundleFunction(name, { outfile: join(folder, `${name}.js`) });
      const eventFile = join(folder, 'event.json');
      writeFileSync(eventFile, JSON.stringify(event));
      const resultFile = join(folder, 'times.json');
      const invoker = join(__dirname, 'invoker.mjs');
      const args = [invoker, bundle, eventFile, String(perRound), String(ROUNDS), resultFile];
      const env = createEnvironment(find(name), endpoint);
      const log = execFileSync(process.execPath, args, {
        env,
        encoding: 'utf8',
        maxBuffer: Number.POSITIVE_INFINITY,
      });
      requireSuccess(log, name, perRound * (ROUNDS + 1));
      const times: number[] = JSON.parse(readFileSync(resultFile, 'utf8'));
      rows.push({
        invocation: label,
        'CPU ms': Number(median(times).toFixed(2)),
        min: Number(Math.min(...times).toFixed(2)),
        max: Number(Math.max(...times).toFixed(2)),
      });
    }
    return rows;
  } finally {
    server.kill();
    rmSync(folder, { recursive: true });
  }
}

/** @throws Error unless all invocations were successful: a rejected message needs less CPU time. */
function requireSuccess(log: string, name: string, invocations: number): void {
  const successful = log.match(/"message":"(?:Accepted|Posted)"/g)?.length ?? 0;
  if (successful < invocations)
    throw new Error(
      `Only ${successful} of ${invocations} invocations of ${name} were successful:\n${log.slice(0, 1000)}`,
    );
}

/** Creates a key and a self-signed certificate. TLS is a part of the CPU time. */
function createCertificate(folder: string): [string, string] {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...curve, '-subj', '/CN=localhost', '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  );
  return [key, cert];
}

/** Returns the items that `sendmessage` reads: its connection, the membership and the room. */
function createItems({ environment }: FunctionModel): Record<string, object[]> {
  const now = Date.now();
  const user = { userId: 'g-4Yk2mQ8tLw0Zb6NcRe1Xva', username: 'Ada' };
  const client = { ...user, connectionId: CONNECTION, protocol: 'roomcast.v1' as const };
  const expiresAt = rowExpiry(now, undefined);
  const { CONNECTIONS_TABLE: connections = '', CHAT_TABLE: chat = '' } = environment;
  return {
    [connections]: [
      connectionItem({ ...client, connectedAt: now, address: 'x'.repeat(22) }, expiresAt),
      membershipItem({ ...client, room: ROOM, joinedAt: now }, 1, expiresAt),
    ],
    [chat]: [roomItem({ room: ROOM, epoch: 'q3Vb0cUeXz9L', seq: 7, shards: 1, lastTs: now }, now)],
  };
}

function createEnvironment({ environment }: FunctionModel, endpoint: string): NodeJS.ProcessEnv {
  return {
    ...environment,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'x'.repeat(800), // of a role, about as long as on Lambda
    AWS_ENDPOINT_URL: endpoint,
    AWS_LAMBDA_FUNCTION_NAME: 'stack-Function-ABCDEFGHIJKL',
    CONNECTIONS_ENDPOINT: `${endpoint}/production`,
    _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_OPTIONS: '--enable-source-maps --no-warnings',
  };
}

function createFrame() {
  const sample = JSON.parse(readFileSync(join(root, 'events', 'sendmessage.json'), 'utf8'));
  const clientMsgId = '6f1c2a52-4a0e-4a3c-9f57-0d3c6b0f6e11';
  const body = { action: 'sendmessage', id: '7', room: ROOM, text: TEXT, clientMsgId };
  return {
    ...sample,
    requestContext: { ...sample.requestContext, connectionId: CONNECTION },
    body: JSON.stringify(body),
  };
}

function createBatch(count: number) {
  const sample = JSON.parse(readFileSync(join(root, 'events', 'post.json'), 'utf8'));
  const rows = Array.from({ length: count }, (_, index) => ({
    connectionId: { S: `${String(index).padStart(5, '0')}M9cOFvHcCIhw=` },
    room: { S: ROOM },
    protocol: { S: 'roomcast.v1' },
  }));
  const frame = JSON.stringify({ ...JSON.parse(sample.frames['roomcast.v1']), text: TEXT });
  return { ...sample, frames: { ...sample.frames, 'roomcast.v1': frame }, rows };
}
