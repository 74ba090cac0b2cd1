// Measures how long an application of ten functions takes to be ready, in milliseconds and relative to the start of Node.js.
// Usage: node packages/sam-offline/bench/start.js [RUNS]
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const RUNS = Number(process.argv[2] ?? 5);
const COMMAND = join(__dirname, '../bin/sam-offline.js');
const COUNT = 10;

const SOURCES = {
  js: 'exports.handler = async () => ({ statusCode: 200 });',
  ts: `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
const client = new DynamoDBClient({});
export const handler = async () => ({ statusCode: client ? 200 : 500 });`,
};

/** Writes an application in which each function has a route. The application uses the packages of this repository. */
function writeApp(folder, extension) {
  const names = Array.from({ length: COUNT }, (_, i) => `F${i}`);
  const routes = names.map((name) => `        ${name.toLowerCase()}: { FunctionArn: !GetAtt ${name}.Arn }`);
  const metadata = extension === 'ts' ? 'Metadata: { BuildMethod: esbuild }, ' : '';
  const functions = names.map(
    (name) =>
      `  ${name}: { Type: AWS::Serverless::Function, ${metadata}Properties: { Handler: ${name}.handler } }`,
  );
  writeFileSync(
    join(folder, 'template.yaml'),
    `Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: nodejs24.x, CodeUri: . } }
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      StageName: dev
      Routes:
${routes.join('\n')}
${functions.join('\n')}
`,
  );
  for (const name of names) writeFileSync(join(folder, `${name}.${extension}`), SOURCES[extension]);
}

async function measureStart(folder) {
  const startedAt = performance.now();
  const args = [COMMAND, '--port', '0', '--template', join(folder, 'template.yaml')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) =>
    child.stdout.on('data', (text) => `${text}`.includes('Ready on') && resolve()),
  );
  const millis = performance.now() - startedAt;
  child.kill('SIGTERM');
  await once(child, 'exit');
  return millis;
}

function measureNode() {
  const startedAt = performance.now();
  spawnSync(process.execPath, ['-e', '0']);
  return performance.now() - startedAt;
}

async function measure(extension) {
  const folder = mkdtempSync(join(__dirname, 'app-'));
  writeApp(folder, extension);
  try {
    await measureStart(folder); // builds dist/ if it is stale, and warms the file cache
    const starts = [];
    const nodes = [];
    for (let run = 0; run < RUNS; run += 1) {
      nodes.push(measureNode());
      starts.push(await measureStart(folder));
    }
    const [ready, node] = [Math.min(...starts), Math.min(...nodes)];
    console.log(
      `${COUNT} functions (${extension}): ${ready.toFixed(0)} ms, ${(ready / node).toFixed(1)} × node -e 0`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

measure('js').then(() => measure('ts'));
