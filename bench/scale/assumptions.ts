import type { Latency } from '../../testbed/random';

/** AWS quotas and latencies that the simulation assumes. AWS does not guarantee latencies. They vary by Region and load. */

/**
 * With this sigma, the 99th percentile is 2.5 times the median, as in published measurements of EventBridge and Step Functions.
 */
const SIGMA = 0.4;

/**
 * The API Gateway request quota per account and Region. Posts and all other requests share it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
export const REQUESTS_PER_SECOND = 10_000;
export const REQUEST_BURST = 5000;

export interface Latencies {
  /**
   * The time from PutEvents to the first state of the workflow. It includes the delivery by EventBridge and the start of an
   * Express execution.
   */
  start: Latency;
  /** The time for a Query, excluding the time for its rows. */
  query: Latency;
  /** The additional time for each row of a Query. A full page of 2,000 rows is about half a megabyte. */
  queryRowMs: number;
  /** The time for a service call, including the state transitions before it. */
  task: Latency;
  /** The additional time for an invocation that starts an execution environment. */
  coldStart: Latency;
  /** The time for a post from the function to the client. */
  post: Latency;
}

export const LATENCIES: Latencies = {
  start: { median: 270, sigma: SIGMA },
  query: { median: 6, sigma: SIGMA },
  queryRowMs: 0.025,
  task: { median: 20, sigma: SIGMA },
  coldStart: { median: 400, sigma: 0.3 },
  post: { median: 15, sigma: 0.6 },
};

/** Memory of the post function, as in `template.yaml`. */
export const POST_MEMORY_MB = 768;

/**
 * The CPU time of the post function on a full vCPU, per invocation and per post: see `npm run bench -- function-cpu`. The posts
 * in one invocation share a CPU, so their CPU times add up.
 */
export const POST_CPU_MS = { invocation: 1, post: 0.19 };

/**
 * Returns the number of vCPUs that Lambda allocates to a function with the given memory.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
export function vcpusOf(megabytes: number): number {
  return megabytes / 1769;
}

/**
 * The default concurrency quota in scenarios. A new account can have a quota of 10 concurrent executions, which AWS raises to
 * 1,000 on request.
 */
export const LAMBDA_CONCURRENCY = 1000;
