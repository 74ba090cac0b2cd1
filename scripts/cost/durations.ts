import { LATENCIES, POST_CPU_MS, vcpusOf } from '../scale/assumptions';
import { createRandom, drawLatency } from '../scale/random';

/**
 * Durations on AWS, which a local run cannot measure. They consist of the CPU time, which is longer if a function has less memory,
 * and of the time in which the function waits for other services.
 */

/** CPU time of `sendmessage` on a full vCPU: see `npm run bench -- function-cpu`. Other functions of clients take about as long. */
const FUNCTION_CPU_MS = 10;
/** Five calls of DynamoDB after each other, the event and the acknowledgement. */
const FUNCTION_WAIT_MS = 50;
/** Express workflows are billed in steps. https://aws.amazon.com/step-functions/pricing/ */
const WORKFLOW_STEP_MS = 100;
const RUNS = 100;

/** Returns the duration of a function that a client's request invokes, in milliseconds. */
export function functionMs(megabytes: number): number {
  return FUNCTION_WAIT_MS + FUNCTION_CPU_MS / vcpusOf(megabytes);
}

/**
 * Returns the mean duration of an invocation of `PostFunction` in milliseconds, with the latencies of `npm run scale`. It ends with
 * its slowest post.
 *
 * @param concurrency parallel posts
 */
export function postBatchMs(posts: number, concurrency: number, megabytes: number): number {
  const vcpus = vcpusOf(megabytes);
  const random = createRandom(1);
  let total = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const freeAt = Array.from({ length: Math.min(concurrency, posts) }, () => 0);
    let cpuFreeAt = POST_CPU_MS.invocation / vcpus;
    for (let post = 0; post < posts; post += 1) {
      const next = freeAt.indexOf(Math.min(...freeAt));
      cpuFreeAt = Math.max(cpuFreeAt, freeAt[next] ?? 0) + POST_CPU_MS.post / vcpus;
      freeAt[next] = cpuFreeAt + drawLatency(random, LATENCIES.post);
    }
    total += Math.max(...freeAt);
  }
  return total / RUNS;
}

/** Returns the billed duration of the workflow in milliseconds: a Query, and batches that are posted in parallel. */
export function workflowMs(rows: number, batchMs: number): number {
  const { query, queryRowMs, task } = LATENCIES;
  const duration = query.median + rows * queryRowMs + 2 * task.median + batchMs;
  return Math.ceil(duration / WORKFLOW_STEP_MS) * WORKFLOW_STEP_MS;
}
