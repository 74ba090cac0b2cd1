import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { type FunctionModel, loadTemplate, PRICES } from 'sam-offline';
import { withSettingsSync } from '../../scripts/settings';
import { startIssuer } from '../../testbed/issuer';
import { startTables } from '../../testbed/tables';
import { root } from '../../testbed/template';
import { bundleFunction } from '../bundle';
import { functionMs, postBatchMs } from '../cost/durations';
import { median } from '../median';
import { Fixtures } from './fixtures';
import { createParameters, createScenarios, SETTINGS } from './scenarios';
import type { Scenario } from './scenarios/scenario';
import { startServices } from './services';

/**
 * The number of passes. Each pass runs every function in a new process, so that background load on the machine affects all
 * functions.
 */
const PASSES = 3;
/** The first round of a process warms up the JIT compiler. */
const ROUNDS = 5;
/** The maximum number of attempts to measure a run in which every invocation succeeds. */
const ATTEMPTS = 3;
const INVOCATIONS_PER_ROUND = 20;
/** The memory sizes in MB for which durations and prices are calculated. A function with 1,769 MB has one vCPU. */
const SIZES = [256, 512, 768, 1024, 1769];
/** The measurements of one process, in milliseconds of CPU time and MB. */
interface Run {
  load: number;
  first: number;
  /** The CPU time per invocation in each round. */
  times: number[];
  memory: number;
  /** How often an invocation waits for service calls. */
  waits: number;
}

/** A scenario and the function of one checkout that it invokes. */
interface Subject {
  readonly name: string;
  /** The file of the bundled function. */
  readonly bundle: string;
  readonly scenario: Scenario;
  /** The function's definition in the template, which provides the environment variables. */
  readonly model: FunctionModel;
  readonly runs: Run[];
}

/**
 * Measures the CPU time and memory of each function, excluding the services. Calculates the duration and price of a warm
 * invocation for several memory sizes.
 *
 * @param baseline the folder of another checkout. The functions of both checkouts are measured in turn
 */
export async function measureFunctionCpu({ baseline }: { baseline?: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-function-cpu-'));
  const issuer = await startIssuer();
  const tables = await startTables();
  const services = await startServices(folder, tables.url);
  const fixtures = new Fixtures(tables);
  const parameters = createParameters(issuer);
  const { functions } = withSettingsSync(SETTINGS, (file) => loadTemplate({ file, parameters }));
  const tryMeasure = async ({ scenario, bundle, model }: Subject): Promise<Run> => {
    const { handler, proof, proofs = 1, share = 1, prepare } = scenario;
    const count = 1 + ROUNDS * Math.ceil(INVOCATIONS_PER_ROUND * share);
    const events = await prepare(fixtures, count);
    const eventsFile = join(folder, 'events.jsonl');
    writeFileSync(eventsFile, events.map((event) => JSON.stringify(event)).join('\n'));
    const resultFile = join(folder, 'result.json');
    services.takeRecord();
    const log = await runInvoker([bundle, eventsFile, String(ROUNDS), resultFile], {
      ...createEnvironment(services.url),
      ...model.environment,
      CONNECTIONS_ENDPOINT: `${services.url}/production`,
    });
    const { frames, waits } = services.takeRecord();
    requireSuccess([log, ...frames].join('\n'), handler, proof, proofs * count);
    return { ...JSON.parse(readFileSync(resultFile, 'utf8')), waits: waits / count };
  };
  /** Repeats a run if an invocation fails, because calls can time out on a busy machine. */
  const measure = async (subject: Subject): Promise<Run> => {
    for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
      try {
        return await tryMeasure(subject);
      } catch (error) {
        process.stderr.write(`${(error as Error).message}\n`);
      }
    }
    return tryMeasure(subject);
  };
  const createSubject = async (scenario: Scenario, prefix: string, checkout: string): Promise<Subject> => {
    const { handler } = scenario;
    const name = `${prefix}${scenario.name}`;
    const outfile = join(folder, `${prefix}${handler}.js`);
    const bundle = await bundleFunction(handler, { outfile, absWorkingDir: checkout });
    const model = functions.find((each) => each.handler === `functions/${handler}.handler`) as FunctionModel;
    return { name, bundle, scenario, model, runs: [] };
  };
  const checkouts = [['', root], ...(baseline ? [['baseline: ', resolve(baseline)]] : [])] as const;
  try {
    const subjects = await Promise.all(
      createScenarios(issuer).flatMap((scenario) =>
        checkouts.map(([prefix, checkout]) => createSubject(scenario, prefix, checkout)),
      ),
    );
    for (let pass = 1; pass <= PASSES; pass += 1) {
      for (const subject of subjects) {
        const run = await measure(subject);
        const summary = `${median(run.times).toFixed(1)} ms per invocation, ${Math.round(run.load + run.first)} ms for a cold start`;
        process.stderr.write(`Pass ${pass} of ${PASSES}: ${subject.name}: ${summary}\n`);
        subject.runs.push(run);
      }
    }
    return subjects.map(createRow);
  } finally {
    services.close();
    await tables.stop();
    await issuer.close();
    rmSync(folder, { recursive: true });
  }
}

async function runInvoker(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const invoker = spawn(process.execPath, [join(__dirname, 'invoker.mjs'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [log, errors, [code]] = await Promise.all([
    text(invoker.stdout),
    text(invoker.stderr),
    once(invoker, 'exit'),
  ]);
  if (code !== 0) throw new Error(`The invoker failed with code ${code}:\n${errors.slice(0, 1000)}`);
  return log + errors;
}

/**
 * Checks that all invocations were successful, because a rejected request needs less CPU time. @throws Error if one was not
 */
export function requireSuccess(output: string, handler: string, proof: string, expected: number): void {
  const successful = output.split(proof).length - 1;
  if (successful === expected) return;
  const problem = output.split('\n').find((line) => /"level":"(?:WARN|ERROR)"/.test(line)) ?? output;
  throw new Error(
    `${handler} wrote ${proof} ${successful} times instead of ${expected}:\n${problem.slice(0, 1000)}`,
  );
}

function createEnvironment(endpoint: string): NodeJS.ProcessEnv {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'x'.repeat(800), // about as long as the token of an execution role on Lambda
    AWS_ENDPOINT_URL: endpoint,
    AWS_LAMBDA_FUNCTION_NAME: 'stack-Function-ABCDEFGHIJKL',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x', // turns the tracer on
    LAMBDA_TASK_ROOT: '/var/task',
    _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_NO_WARNINGS: '1',
  };
}

function createRow({ name, scenario, model, runs }: Subject) {
  const medianOf = (read: (run: Run) => number) => median(runs.map(read));
  const times = runs.flatMap((run) => run.times);
  const cpuMs = median(times);
  const calls = Math.round(medianOf(({ waits }) => waits));
  const { rows } = scenario;
  const sizes = SIZES.map((megabytes) => {
    const ms =
      rows === undefined
        ? functionMs({ cpuMs, calls }, megabytes)
        : postBatchMs(rows, Number(model.environment.POST_CONCURRENCY), megabytes);
    return [`${megabytes} MB`, `${Math.round(ms)} ms, $${(priceOf(ms, megabytes) * 1e6).toFixed(2)}`];
  });
  return {
    invocation: name,
    'CPU ms': round(cpuMs),
    min: round(Math.min(...times)),
    max: round(Math.max(...times)),
    'load ms': Math.round(medianOf(({ load }) => load)),
    'first ms': Math.round(medianOf(({ first }) => first)),
    calls,
    MB: Math.round(Math.max(...runs.map(({ memory }) => memory))),
    ...Object.fromEntries(sizes),
  };
}

/** Returns the price of an invocation in dollars. */
function priceOf(ms: number, megabytes: number): number {
  const { lambdaRequest, lambdaGigabyteSecond } = PRICES.dollars;
  return lambdaRequest + (ms / 1000) * (megabytes / 1024) * lambdaGigabyteSecond;
}

function round(number: number): number {
  return Number(number.toFixed(2));
}
