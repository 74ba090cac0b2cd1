import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type FunctionModel, loadTemplate } from 'sam-offline';
import { root } from '../tests/support/template';
import { median } from './median';

const ROUNDS = 7;
const CONNECTION = 'L0SM9cOFvHcCIhw=';
const ROOM = '123456789';
const TEXT = 'x'.repeat(200);

/** Responds like the services that `sendmessage` and `post` call, over TLS and in a separate process, and prints its port. */
const SERVER = `
  const { readFileSync } = require('node:fs');
  const [key, cert] = process.argv.slice(1).map((file) => readFileSync(file));
  const strings = (item) => Object.fromEntries(Object.entries(item).map(([name, value]) =>
    [name, typeof value === 'number' ? { N: String(value) } : { S: value }]));
  const ids = { connectionId: '${CONNECTION}', userId: 'g-4Yk2mQ8tLw0Zb6NcRe1Xva', username: 'Ada', protocol: 'roomcast.v1' };
  const tables = JSON.parse(process.env.TABLES);
  const responses = {
    BatchGetItem: () => ({ Responses: {
      [tables.connections]: [
        strings({ ...ids, room: '*', connectedAt: 1, address: 'x'.repeat(22) }), strings({ ...ids, room: '${ROOM}', joinedAt: 1 }),
      ],
      [tables.chat]: [strings({ room: '${ROOM}', epoch: 'q3Vb0cUeXz9L', seq: 7, shards: 1, lastTs: 1 })],
    } }),
    UpdateItem: () => ({ Attributes: strings({ shards: 1, seq: 8, lastTs: 1, expiresAt: 1 }) }),
    PutItem: () => ({}),
    PutEvents: () => ({ FailedEntryCount: 0, Entries: [{ EventId: 'e' }] }),
  };
  require('node:https').createServer({ key, cert }, (request, response) => {
    const target = String(request.headers['x-amz-target']).split('.')[1];
    const body = JSON.stringify(responses[target]?.() ?? {});
    const respond = () => response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': body.length }).end(body);
    request.resume().on('end', () => setTimeout(respond, 1 + Math.random() * 5));
  }).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

/** Invokes a handler repeatedly as the Lambda runtime does, with an event as JSON, and prints the CPU milliseconds of each round. */
const INVOKER = `
  const [bundle, event, perRound, rounds] = process.argv.slice(1);
  const { handler } = require(bundle);
  const text = require('node:fs').readFileSync(event, 'utf8');
  const context = { functionName: 'stack-Function-ABCDEFGHIJKL', awsRequestId: 'ded3f9e3-cbbc-4162-a852-374fcb8bc4fb', getRemainingTimeInMillis: () => 20000 };
  const invoke = async () => JSON.stringify(await handler(JSON.parse(text), context));
  (async () => {
    const times = [];
    for (let round = 0; round <= rounds; round += 1) {
      const before = process.cpuUsage();
      for (let count = 0; count < perRound; count += 1) await invoke();
      const { user, system } = process.cpuUsage(before);
      if (round > 0) times.push((user + system) / 1000 / perRound); // the first round warms up the JIT compiler
    }
    require('node:fs').writeFileSync(event + '.times', JSON.stringify(times));
    process.exit();
  })();`;

/** Measures the CPU time of a warm invocation of `sendmessage` and `post`, without that of the services, in milliseconds. */
export async function measureFunctionCpu() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-function-cpu-'));
  const { functions } = loadTemplate({ file: join(root, 'template.yaml') });
  const find = (name: string) =>
    functions.find(({ handler }) => handler === `functions/${name}.handler`) as FunctionModel;
  const [key, cert] = createCertificate(folder);
  const { CONNECTIONS_TABLE: connections, CHAT_TABLE: chat } = find('sendmessage').environment;
  const server = spawn(process.execPath, ['-e', SERVER, key, cert], {
    env: { TABLES: JSON.stringify({ connections, chat }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [port] = await once(server.stdout, 'data');
    const endpoint = `https://127.0.0.1:${String(port).trim()}`;
    const rows = [];
    for (const { label, name, event, perRound } of [
      { label: 'sendmessage', name: 'sendmessage', event: createFrame(), perRound: 100 },
      ...[1, 10, 100, 250].map((count) => ({
        label: `post, ${count} rows`,
        name: 'post',
        event: createBatch(count),
        perRound: Math.ceil(2000 / (count + 20)),
      })),
    ]) {
      const bundle = await bundleFunction(name, folder);
      const eventFile = join(folder, 'event.json');
      writeFileSync(eventFile, JSON.stringify(event));
      const args = ['-e', INVOKER, bundle, eventFile, String(perRound), String(ROUNDS)];
      execFileSync(process.execPath, args, { env: createEnvironment(find(name), endpoint), stdio: 'ignore' });
      const times: number[] = JSON.parse(readFileSync(`${eventFile}.times`, 'utf8'));
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

async function bundleFunction(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.js`);
  const settings = JSON.parse(readFileSync(join(root, 'esbuild.json'), 'utf8'));
  await build({ ...settings, bundle: true, entryPoints: [join(root, 'functions', `${name}.ts`)], outfile });
  return outfile;
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
