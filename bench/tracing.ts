import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { type FunctionModel, loadTemplate } from 'sam-offline';
import { Records } from 'sam-offline/testing';
import type { Settings } from '../scripts/settings';
import { copyApp } from '../testbed/app-copy';
import { ChatConnection } from '../testbed/chat-clients';
import { eventually } from '../testbed/client';
import { type Stack, startStack } from '../testbed/stack';
import { root } from '../testbed/template';
import { listTraces, readTrace } from '../testbed/traces';
import { bundleFunction } from './bundle';
import { measureLoadTime } from './load-time';
import { median } from './median';

const LOADS = 11;
const ROUNDS = 3;
const MESSAGES = 300;
const REPLAYS = 500;

/** Replaces the Powertools tracer in a bundle. */
const NO_TRACER = `
  export class Tracer {
    isTracingEnabled() { return false; }
    captureAWSv3Client(client) { return client; }
    putAnnotation() {}
  }`;

/** Replaces the Powertools metrics in a bundle. */
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

/** The package that `alias` in esbuild.json replaces. */
const CLS_HOOKED = 'cls-hooked/context';

interface Variant {
  readonly label: string;
  readonly stubs: Record<string, string>;
  readonly enabled: boolean;
  readonly usesClsHooked?: boolean;
}

/**
 * Measures the cost of tracing and metrics. The rows show the median load time of a function's bundle in a new process, the CPU
 * time of the runtime per message from the frame to the posts, and the CPU time for recording the traces and logs of one
 * message.
 */
export async function measureTracing() {
  return [
    ...(await measureColdStart('sendmessage')),
    ...(await measureColdStart('post')),
    ...(await measureMessages()),
    await measureRecording(),
  ];
}

async function measureColdStart(name: string) {
  const { functions } = loadTemplate({ file: join(root, 'template.yaml') });
  const fn = functions.find(({ handler }) => handler === `functions/${name}.handler`) as FunctionModel;
  const variants: Variant[] = [
    { label: 'Tracing=PassThrough', stubs: {}, enabled: false },
    { label: 'Tracing=Active', stubs: {}, enabled: true },
    { label: 'Tracing=Active with cls-hooked', stubs: {}, enabled: true, usesClsHooked: true },
    { label: 'without the tracer', stubs: { '@aws-lambda-powertools/tracer': NO_TRACER }, enabled: true },
    { label: 'without metrics', stubs: { '@aws-lambda-powertools/metrics': NO_METRICS }, enabled: true },
  ];
  const folder = mkdtempSync(join(tmpdir(), 'bench-tracing-'));
  const bundles = await Promise.all(
    variants.map(({ stubs, usesClsHooked }, index) =>
      bundleFunction(name, {
        outfile: join(folder, `${index}.js`),
        plugins: [createStubPlugin(stubs)],
        ...(usesClsHooked && JSON.parse(removeAlias(readFileSync(join(root, 'esbuild.json'), 'utf8')))),
      }),
    ),
  );
  const times = variants.map(() => [] as number[]);
  for (let load = 0; load < LOADS; load += 1) {
    for (const [index, { enabled }] of variants.entries())
      times[index]?.push(measureLoadTime(bundles[index] as string, createEnvironment(fn, enabled)));
  }
  const rows = variants.map(({ label }, index) => ({
    measurement: `cold start of ${name}, ${label}`,
    KB: Math.round(statSync(bundles[index] as string).size / 1000),
    ms: Number(median(times[index] ?? []).toFixed(1)),
  }));
  rmSync(folder, { recursive: true });
  return rows;
}

function createStubPlugin(stubs: Record<string, string>): Plugin {
  return {
    name: 'stub',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^@aws-lambda-powertools\// }, ({ path }) =>
        path in stubs ? { path, namespace: 'stub' } : undefined,
      );
      onLoad({ filter: /.*/, namespace: 'stub' }, ({ path }) => ({ contents: stubs[path] ?? '' }));
    },
  };
}

function createEnvironment({ environment }: FunctionModel, enabled: boolean) {
  return {
    ...environment,
    AWS_REGION: 'us-east-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    LAMBDA_TASK_ROOT: '/var/task',
    POWERTOOLS_TRACE_ENABLED: String(enabled),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

/** Returns the settings in esbuild.json without the alias for `cls-hooked`. */
function removeAlias(json: string): string {
  const settings: { alias: Record<string, string> } = JSON.parse(json);
  delete settings.alias[CLS_HOOKED];
  return JSON.stringify(settings);
}

interface MessageVariant {
  readonly label: string;
  readonly tracing?: string;
  readonly options?: readonly string[];
  readonly settings?: Settings;
}

async function measureMessages() {
  const app = copyApp('esbuild.json', removeAlias);
  const withClsHooked = ['--template', app.template];
  const variants: MessageVariant[] = [
    { label: 'Tracing=PassThrough', tracing: 'PassThrough' },
    { label: 'Tracing=Active' },
    { label: 'Tracing=Active with cls-hooked', options: withClsHooked },
    { label: 'MetricsDisabled', settings: { MetricsDisabled: 'true' } },
  ];
  const times = variants.map(() => [] as number[]);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, variant] of variants.entries())
      times[index]?.push(await measureCpuPerMessage(variant));
  }
  app.remove();
  const [first = Number.NaN, ...others] = times.map(median);
  return [first, ...others].map((ms, index) => ({
    measurement: `message, ${variants[index]?.label}`,
    ms: Number(ms.toFixed(1)),
    ratio: Number((ms / first).toFixed(2)),
  }));
}

/** Measures the CPU time per message in milliseconds, after warming up the functions. */
async function measureCpuPerMessage({
  tracing = 'Active',
  options = [],
  settings,
}: MessageVariant): Promise<number> {
  const parameters = ['--parameter-overrides', `Tracing=${tracing}`, 'Limits=loadTest'];
  const stack = await startStack([...options, ...parameters], { isStrict: false, settings });
  const connection = await ChatConnection.open(stack.wsUrl);
  const { room } = await connection.request('createRoom');
  const send = async (count: number) => {
    const before = await countInvocations(stack);
    for (let i = 0; i < count; i += 1) await connection.request('sendmessage', { room, text: 'hello' });
    // Each message causes two invocations: one for the frame and one for the batch of posts.
    await eventually(async () => (await countInvocations(stack)) >= before + 2 * count);
  };
  await send(MESSAGES / 3);
  const before = readCpuSeconds(stack.pid);
  await send(MESSAGES);
  const millis = (1000 * (readCpuSeconds(stack.pid) - before)) / MESSAGES;
  await stack.stop();
  return millis;
}

async function countInvocations(stack: Stack): Promise<number> {
  return (await stack.calls())['lambda.Invoke'] ?? 0;
}

/** Reads the CPU time of a process and its threads from /proc on Linux, in seconds. /proc counts hundredths of a second. */
function readCpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * Measures the CPU time for recording the segments and log lines of one real message. Records them repeatedly, as the runtime
 * does while no console is open.
 */
async function measureRecording() {
  const stack = await startStack([], { isStrict: false });
  const connection = await ChatConnection.open(stack.wsUrl);
  const { room } = await connection.request('createRoom');
  const { messageId } = await connection.request('sendmessage', { room, text: 'hello' });
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
  const record = (count: number) => {
    for (let i = 0; i < count; i += 1) {
      for (const text of texts) records.traces.receive(text.replaceAll(id, `${id}${i}`));
      for (const { line: text } of lines)
        records.addLog({ functionName: 'f', requestId: id, stream: 'stdout', line: text }, 'F');
    }
  };
  record(REPLAYS);
  const before = process.cpuUsage();
  record(REPLAYS);
  const { user, system } = process.cpuUsage(before);
  return {
    measurement: 'recording of a message',
    ms: Number(((user + system) / 1000 / REPLAYS).toFixed(2)),
  };
}
