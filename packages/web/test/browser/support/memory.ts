import type { Page } from 'playwright-core';

interface Memory {
  heapBytes: number;
  /** The number of event listeners of DOM elements. */
  listeners: number;
}

/** Returns the memory that a page uses after garbage collection. */
export async function measureMemory(page: Page): Promise<Memory> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Performance.enable');
  // The first collection runs finalizers, which release more objects.
  for (let count = 0; count < 2; count += 1) await devTools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devTools.send('Performance.getMetrics');
  await devTools.detach();
  const read = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { heapBytes: read('JSHeapUsedSize'), listeners: read('JSEventListeners') };
}
