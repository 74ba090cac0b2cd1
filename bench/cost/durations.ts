import { createRandom, drawLatency } from '../../testbed/random';
import type { ReferenceName } from '../comparison/designs';
import perSocketWorkflow from '../comparison/reference/per-socket.asl.json';
import { LATENCIES, POST_CPU_MS, vcpusOf } from '../scale/assumptions';

/**
 * Calculates durations on AWS, because a local run cannot measure them. A duration is the sum of the CPU time and the time that
 * the function waits for other services. The CPU time is longer if the function has less memory.
 */

/** The CPU time and the service calls of one invocation, as measured by `npm run bench -- function-cpu`. */
export interface FunctionUse {
  /** CPU time on a full vCPU. */
  readonly cpuMs: number;
  /** The number of sequential calls to other services. Parallel calls count as one. */
  readonly calls: number;
}

/**
 * The use of each function that messages, reactions, typing indicators and absent followers invoke, by logical ID. The post
 * function is not included.
 */
export const FUNCTION_USES: Readonly<Record<string, FunctionUse>> = {
  SendmessageFunction: { cpuMs: 13, calls: 6 },
  IndicatorsFunction: { cpuMs: 19, calls: 6 },
  NotifyAwayFunction: { cpuMs: 12, calls: 9 },
  /** Assumes the CPU time of `SendmessageFunction`, which makes a similar number of calls. */
  ChangeMessageFunction: { cpuMs: 13, calls: 7 },
};

/** The assumed duration of a call to DynamoDB, EventBridge or the `@connections` API. Seven calls take 50 ms. */
export const CALL_MS = 50 / 7;
/** The CPU time of an SDK call on a full vCPU: see `npm run bench -- posting`. */
const SDK_CALL_CPU_MS = 0.78;
/** https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-maxsockets.html */
const SDK_SOCKETS = 50;
/** Express workflows are billed in steps. https://aws.amazon.com/step-functions/pricing/ */
const WORKFLOW_STEP_MS = 100;
const RUNS = 100;

/** Returns the duration of an invocation in milliseconds. */
export function functionMs({ cpuMs, calls }: FunctionUse, megabytes: number): number {
  return calls * CALL_MS + cpuMs / vcpusOf(megabytes);
}

/**
 * Returns the mean duration of an invocation of `PostFunction` in milliseconds, with the latencies of `npm run scale`. An
 * invocation ends when its slowest post ends.
 *
 * @param concurrency parallel posts
 * @param cpuMs CPU time of a post on a full vCPU
 */
export function postBatchMs(
  posts: number,
  concurrency: number,
  megabytes: number,
  cpuMs = POST_CPU_MS.post,
): number {
  const vcpus = vcpusOf(megabytes);
  const random = createRandom(1);
  let total = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const freeAt = Array.from({ length: Math.min(concurrency, posts) }, () => 0);
    let cpuFreeAt = POST_CPU_MS.invocation / vcpus;
    for (let post = 0; post < posts; post += 1) {
      const next = freeAt.indexOf(Math.min(...freeAt));
      cpuFreeAt = Math.max(cpuFreeAt, freeAt[next] ?? 0) + cpuMs / vcpus;
      freeAt[next] = cpuFreeAt + drawLatency(random, LATENCIES.post);
    }
    total += Math.max(...freeAt);
  }
  return total / RUNS;
}

/**
 * Returns the billed duration in milliseconds of a workflow that runs a Query or Scan and then invokes functions.
 *
 * @param rounds the number of sequential invocations
 */
export function workflowMs(rows: number, invocationMs: number, rounds = 1): number {
  const { task } = LATENCIES;
  const duration = readMs(rows) + task.median + rounds * (task.median + invocationMs);
  return Math.ceil(duration / WORKFLOW_STEP_MS) * WORKFLOW_STEP_MS;
}

/** The durations of the functions, by logical ID, and of the workflow, in milliseconds. */
export interface Durations {
  readonly functions: Readonly<Record<string, number>>;
  readonly workflow: number;
}

/** Calculates the durations of the reference designs. Their table is assumed to contain only the connections of the room. */
export const REFERENCE_DURATIONS: Readonly<
  Record<ReferenceName, (members: number, megabytes: number) => Durations>
> = {
  'in-sequence': (members, megabytes) => ({
    functions: { SendFunction: scanAndPostMs(members, 1, megabytes) },
    workflow: 0,
  }),
  'at-once': (members, megabytes) => ({
    functions: { SendFunction: scanAndPostMs(members, SDK_SOCKETS, megabytes) },
    workflow: 0,
  }),
  'per-socket': (members, megabytes) => {
    const postMs = postBatchMs(1, 1, megabytes, SDK_CALL_CPU_MS);
    const startMs = LATENCIES.task.median + (POST_CPU_MS.invocation + SDK_CALL_CPU_MS) / vcpusOf(megabytes);
    return {
      functions: { SendFunction: startMs, PostFunction: postMs },
      workflow: workflowMs(
        members,
        postMs,
        Math.ceil(members / perSocketWorkflow.States.Post.MaxConcurrency),
      ),
    };
  },
};

function scanAndPostMs(members: number, concurrency: number, megabytes: number): number {
  const scanMs = SDK_CALL_CPU_MS / vcpusOf(megabytes) + readMs(members);
  return scanMs + postBatchMs(members, concurrency, megabytes, SDK_CALL_CPU_MS);
}

/** Returns the duration of a Query or Scan in milliseconds. */
function readMs(rows: number): number {
  return LATENCIES.query.median + rows * LATENCIES.queryRowMs;
}
