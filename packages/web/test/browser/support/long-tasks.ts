import type { Browser, Page } from 'playwright-core';

/** An event in Chromium's trace format. Durations are in microseconds; `tdur` is CPU time. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

const LONG_TASK_MICROS = 50_000;

/**
 * Runs `work` and returns the tasks that kept the page's main thread busy for more than 50 ms, in milliseconds. Unlike the
 * Long Tasks API, it counts CPU time, which does not depend on the load of the machine.
 */
export async function findLongTasks(
  browser: Browser,
  page: Page,
  work: () => Promise<void>,
): Promise<number[]> {
  await browser.startTracing(page, { categories: ['toplevel'] });
  await work();
  const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as { traceEvents: TraceEvent[] };
  const mainThreads = traceEvents
    .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
    .map(({ pid, tid }) => `${pid} ${tid}`);
  const tasks = traceEvents
    .filter(({ name, pid, tid }) => name.endsWith('RunTask') && mainThreads.includes(`${pid} ${tid}`))
    .map(({ tdur = 0 }) => tdur);
  expect(Math.max(...tasks)).toBeGreaterThan(0); // the trace contains CPU times
  return tasks.filter((micros) => micros > LONG_TASK_MICROS).map((micros) => micros / 1000);
}
