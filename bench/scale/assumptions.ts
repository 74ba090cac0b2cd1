import type { Latency } from '../../testbed/random';

/** Quotas and latencies of AWS that the simulation assumes. Latencies are not guaranteed, and differ by Region and load. */

/** The sigma with which the 99th percentile is 2.5 times the median, as in published measurements of EventBridge and Step Functions. */
const SIGMA = 0.4;

/**
 * Requests to API Gateway per account and Region, which posts share with all other requests.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
export const REQUESTS_PER_SECOND = 10_000;
export const REQUEST_BURST = 5000;

export interface Latencies {
  /** From PutEvents to the first state of the workflow: EventBridge's delivery and the start of an Express execution. */
  start: Latency;
  /** A Query, without the time for its rows. */
  query: Latency;
  /** Added to a Query per row. A full page of 2,000 rows has half a megabyte. */
  queryRowMs: number;
  /** The states between two tasks, and the call of the service. */
  task: Latency;
  /** Added to an invocation that starts an execution environment. */
  coldStart: Latency;
  /** A post, from the function to the client. */
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
 * CPU time of the post function on a full vCPU, per invocation and per post: see `npm run bench -- function-cpu`. Posts of one
 * invocation share its CPU, so their CPU times add up.
 */
export const POST_CPU_MS = { invocation: 1, post: 0.19 };

/**
 * Returns the share of a vCPU that a function of the given memory gets.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
export function vcpusOf(megabytes: number): number {
  return megabytes / 1769;
}

/** A new account has 10 concurrent executions, and 1,000 after a request. Scenarios assume 1,000 unless they differ. */
export const LAMBDA_CONCURRENCY = 1000;
