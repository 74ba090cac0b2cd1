import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { type FunctionModel, loadTemplate } from 'sam-offline';
import { Records } from 'sam-offline/testing';
import { ChatConnection } from '../tests/support/chat-clients';
import { eventually } from '../tests/support/client';
import { type Stack, startStack } from '../tests/support/stack';
import { root } from '../tests/support/template';
import { listTraces, readTrace } from '../tests/support/traces';
import { millisToLoad } from './load-time';
import { median } from './median';

const LOADS = 11;
const ROUNDS = 3;
const MESSAGES = 300;
const REPLAYS = 500;

/** In the tracer's place: what the functions call of it, doing nothing. */
const NO_TRACER = `
  export class Tracer {
    isTracingEnabled() { return false; }
    captureAWSv3Client(client) { return client; }
    getSegment() {}
    setSegment() {}
    putAnnotation() {}
    annotateColdStart() {}
    addServiceNameAnnotation() {}
    addErrorAsMetadata() {}
  }`;

/** In the metrics' place. */
const NO_METRICS = `
  export const MetricUnit = { Count: 'Count' };
  export class Metrics {
    addMetric() {}
    addDimension() {}
    addDimensions() {}
    captureColdStartMetric() {}
    hasStoredMetrics() { return false; }
    publishStoredMetrics() {}
    singleMetric() { return this; }
  }`;

/**
 * What tracing and metrics cost: a function's cold start (its bundle, loaded by a new process; the median), a message
 * (CPU time of the whole runtime, from the frame to the posts, with and without each in turns), and the
 * runtime's own recording (CPU time to take in what one message tells).
 */
export async function tracing() {
  return [
    ...(await coldStart('sendmessage')),
    ...(await coldStart('post')),
    ...(await perMessage()),
    await recording(),
  ];
}

async function coldStart(name: string) {
  const { functions } = loadTemplate({ file: join(root, 'template.yaml') });
  const fn = functions.find(({ handler }) => handler === `functions/${name}.handler`) as FunctionModel;
  const ways: { what: string; stubs: Record<string, string>; enabled: boolean }[] = [
    { what: 'as it is', stubs: {}, enabled: true },
    { what: 'Tracing=PassThrough', stubs: {}, enabled: false },
    { what: 'without the tracer', stubs: { '@aws-lambda-powertools/tracer': NO_TRACER }, enabled: true },
    { what: 'without metrics', stubs: { '@aws-lambda-powertools/metrics': NO_METRICS }, enabled: true },
  ];
  const folder = mkdtempSync(join(tmpdir(), 'bench-tracing-'));
  const bundles = await Promise.all(
    ways.map(async ({ stubs }, index) => {
      const outfile = join(folder, `${index}.js`);
      const settings = JSON.parse(readFileSync(join(root, 'esbuild.json'), 'utf8'));
      const entryPoints = [join(root, 'functions', `${name}.ts`)];
      await build({ ...settings, bundle: true, entryPoints, outfile, plugins: [stubbed(stubs)] });
      return outfile;
    }),
  );
  const times = ways.map(() => [] as number[]);
  for (let load = 0; load < LOADS; load += 1) {
    for (const [index, { enabled }] of ways.entries())
      times[index]?.push(millisToLoad(bundles[index] as string, environmentOf(fn, enabled)));
  }
  const rows = ways.map(({ what }, index) => ({
    what: `cold start of ${name}, ${what}`,
    KB: Math.round(statSync(bundles[index] as string).size / 1000),
    ms: Number(median(times[index] ?? []).toFixed(1)),
  }));
  rmSync(folder, { recursive: true });
  return rows;
}

function stubbed(stubs: Record<string, string>): Plugin {
  return {
    name: 'stubbed',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^@aws-lambda-powertools\// }, ({ path }) =>
        path in stubs ? { path, namespace: 'stub' } : undefined,
      );
      onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({ contents: stubs[path] ?? '' }));
    },
  };
}

function environmentOf({ environment }: FunctionModel, enabled: boolean) {
  return {
    ...environment,
    AWS_REGION: 'us-east-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    LAMBDA_TASK_ROOT: '/var/task',
    POWERTOOLS_TRACE_ENABLED: String(enabled),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

async function perMessage() {
  const ways = ['Tracing=Active', 'Tracing=PassThrough', 'AppMetrics=false'];
  const times = ways.map(() => [] as number[]);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, way] of ways.entries()) times[index]?.push(await cpuPerMessage(way));
  }
  const [first = Number.NaN, ...others] = times.map(median);
  return [first, ...others].map((ms, index) => ({
    what: `a message, ${ways[index]}`,
    ms: Number(ms.toFixed(1)),
    ratio: Number((ms / first).toFixed(2)),
  }));
}

/** CPU milliseconds a message, once the functions are warm. */
async function cpuPerMessage(way: string): Promise<number> {
  const stack = await startStack(['--parameter-overrides', way, 'MessageRate=1000', 'MessageBurst=1000']);
  const line = await ChatConnection.open(stack.wsUrl);
  const { room } = await line.request('createRoom');
  const send = async (count: number) => {
    const before = await invocations(stack);
    for (let i = 0; i < count; i += 1) await line.request('sendmessage', { room, text: 'hello' });
    // Each message is a frame, and a batch that the workflow posts.
    await eventually(async () => (await invocations(stack)) >= before + 2 * count);
  };
  await send(MESSAGES / 3);
  const before = cpuSeconds(stack.pid);
  await send(MESSAGES);
  const millis = (1000 * (cpuSeconds(stack.pid) - before)) / MESSAGES;
  await stack.stop();
  return millis;
}

async function invocations(stack: Stack): Promise<number> {
  return (await stack.calls())['lambda.Invoke'] ?? 0;
}

/** Linux's account of a process with all its threads, in hundredths of a second. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Takes what one real message told, again and again, as the runtime does without a viewer. */
async function recording() {
  const stack = await startStack();
  const line = await ChatConnection.open(stack.wsUrl);
  const { room } = await line.request('createRoom');
  const { messageId } = await line.request('sendmessage', { room, text: 'hello' });
  const { id } = await eventually(async () =>
    (await listTraces(stack.httpUrl)).find(
      (trace) => trace.annotations.messageId === messageId && trace.spans > 25,
    ),
  );
  const segments = await readTrace(stack.httpUrl, id);
  const logged = await fetch(`${stack.httpUrl}/_local/logs?trace=${id}`);
  const lines = (await logged.json()) as { line: string }[];
  await stack.stop();

  const texts = segments.map((segment) => JSON.stringify(segment));
  const records = new Records();
  const take = (count: number) => {
    for (let i = 0; i < count; i += 1) {
      for (const text of texts) records.traces.receive(text.replaceAll(id, `${id}${i}`));
      for (const { line: text } of lines)
        records.addLog({ functionName: 'f', requestId: id, stream: 'stdout', line: text }, 'F');
    }
  };
  take(REPLAYS);
  const before = process.cpuUsage();
  take(REPLAYS);
  const { user, system } = process.cpuUsage(before);
  return {
    what: 'a message, its recording alone',
    ms: Number(((user + system) / 1000 / REPLAYS).toFixed(2)),
  };
}
