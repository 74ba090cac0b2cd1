// Deploys AWS's sample chat to ministack: bundles the functions, uploads them, and creates a stack from the template of `at-once`.
// Prints "Ready on URL".
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { findFreePorts, HOST } from './free-ports.mjs';

const reference = join(import.meta.dirname, '../reference');
const programs = join(import.meta.dirname, '../../../.venv-emulator/bin');
const STACK = 'comparison';
const BUCKET = 'comparison';
const ARCHIVE = 'code.zip';

const [port] = await findFreePorts(1);
const endpoint = `http://${HOST}:${port}`;
const folder = mkdtempSync(join(tmpdir(), 'comparison-'));
const server = spawn(join(programs, 'ministack'), {
  env: {
    ...process.env,
    GATEWAY_PORT: String(port),
    BIND_HOST: HOST,
    TMPDIR: folder,
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
  },
  stdio: ['ignore', 'inherit', 'inherit'],
});
process.on('SIGTERM', () => server.kill('SIGTERM'));
server.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? 0);
});

const archive = packFunctions();
await untilHealthy();
await call('s3', `/${BUCKET}`, 'PUT');
await call('s3', `/${BUCKET}/${ARCHIVE}`, 'PUT', archive);
const api = await createStack();
process.stdout.write(`Ready on ${endpoint}/_aws/execute-api/${api}\n`);

/** Bundles the functions with the SDK, because ministack does not provide it. */
function packFunctions() {
  buildSync({
    entryPoints: ['at-once.mjs', 'connections.mjs'].map((file) => join(reference, file)),
    outdir: folder,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
  });
  const files = ['at-once.js', 'connections.js'];
  execFileSync(join(programs, 'python'), ['-m', 'zipfile', '-c', ARCHIVE, ...files], { cwd: folder });
  return readFileSync(join(folder, ARCHIVE));
}

async function untilHealthy() {
  while (true) {
    const response = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (response?.ok) return;
    await sleep(20);
  }
}

/** Creates the stack, and returns the ID of its API. */
async function createStack() {
  const template = readFileSync(join(reference, 'scan.yaml'), 'utf8')
    .replace('CodeUri: .', `CodeUri: s3://${BUCKET}/${ARCHIVE}`)
    .replace(
      'TABLE_NAME: !Ref Connections',
      `TABLE_NAME: !Ref Connections, CALLBACK_URL: !Sub "${endpoint}/_aws/execute-api/\${Api}/production"`,
    );
  await callCloudFormation('CreateStack', {
    TemplateBody: template,
    'Capabilities.member.1': 'CAPABILITY_IAM',
    'Capabilities.member.2': 'CAPABILITY_AUTO_EXPAND',
    'Parameters.member.1.ParameterKey': 'Handler',
    'Parameters.member.1.ParameterValue': 'at-once.handler',
  });
  while (true) {
    const [, status] = /<StackStatus>(\w+)/.exec(await callCloudFormation('DescribeStacks')) ?? [];
    if (status === 'CREATE_COMPLETE') break;
    if (status !== 'CREATE_IN_PROGRESS') throw new Error(`The stack has the status ${status}.`);
    await sleep(20);
  }
  const resource = await callCloudFormation('DescribeStackResource', { LogicalResourceId: 'Api' });
  return /<PhysicalResourceId>(\w+)/.exec(resource)[1];
}

function callCloudFormation(Action, parameters = {}) {
  const body = new URLSearchParams({ Action, Version: '2010-05-15', StackName: STACK, ...parameters });
  return call('cloudformation', '/', 'POST', body);
}

/** Sends a request to an emulated service. ministack reads the service from the signature, but does not check the signature. */
async function call(service, path, method, body) {
  const authorization = `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const response = await fetch(`${endpoint}${path}`, { method, body, headers: { authorization } });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
