import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createHeapCheck, exposeCollector } from '../src/cli/heap-growth';
import { waitUntil } from './support/websocket-api';

/** Creates a simulated heap and a check that counts garbage collections. After a collection, the heap has `live` bytes. */
function createHeap(live: number) {
  const heap = { bytes: 0, collections: 0 };
  const collect = () => {
    heap.bytes = live;
    heap.collections += 1;
  };
  const check = createHeapCheck(() => heap.bytes, collect, 20);
  const grow = (bytes: number) => {
    heap.bytes = bytes;
    check();
    return heap.collections;
  };
  return { grow };
}

describe('the check of the heap', () => {
  it('collects garbage at the first check, and then when the heap has grown by the limit since the last collection', () => {
    const { grow } = createHeap(30);
    expect(grow(1)).toBe(1);
    expect(grow(49)).toBe(1);
    expect(grow(50)).toBe(2);
    expect(grow(49)).toBe(2);
  });

  it('measures growth from the size of the heap after V8 collects garbage', () => {
    const { grow } = createHeap(30);
    expect(grow(1)).toBe(1);
    expect(grow(10)).toBe(1);
    expect(grow(29)).toBe(1);
    expect(grow(30)).toBe(2);
  });
});

describe('the collector', () => {
  it('collects garbage', async () => {
    let isCollected = false;
    const registry = new FinalizationRegistry(() => {
      isCollected = true;
    });
    registry.register({}, undefined);
    const collect = exposeCollector();
    await new Promise((resolve) => setImmediate(resolve)); // the last objects of a function can remain on the stack
    collect();
    await waitUntil(() => isCollected);
    expect(isCollected).toBe(true);
  });

  it('is not available in threads that start later', async () => {
    exposeCollector();
    const worker = new Worker('require("node:worker_threads").parentPort.postMessage(typeof gc)', {
      eval: true,
    });
    const [type] = await once(worker, 'message');
    expect(type).toBe('undefined');
  });
});
