import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure } from '../scale/measure';
import { renderMeasurement } from '../scale/report';
import { simulateDelivery } from '../scale/simulate';

afterEach(() => jest.restoreAllMocks());

describe('simulateDelivery', () => {
  it('returns the same results on a slow machine', async () => {
    const scenario = { members: 5000, seed: 3 };
    const delivery = await simulateDelivery(scenario);
    // Simulates a slow machine: seconds pass between two lines of code, and other work blocks the event loop.
    let stalledMs = 0;
    const now = Date.now;
    jest.spyOn(Date, 'now').mockImplementation(() => {
      stalledMs += 6000;
      return now() + stalledMs;
    });
    const other = setInterval(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5), 1);
    const onStalledMachine = await simulateDelivery(scenario).finally(() => clearInterval(other));
    expect(onStalledMachine).toEqual(delivery);
    expect(delivery.receipts).toHaveLength(5000);
  });

  it('draws different latencies for a different seed', async () => {
    const deliver = (seed: number) => simulateDelivery({ members: 100, seed });
    expect(await deliver(1)).not.toEqual(await deliver(2));
  });

  it('reports the states that failed', async () => {
    const simulated = simulateDelivery({ members: 1000, lambdaConcurrency: 0 });
    await expect(simulated).rejects.toThrow(
      /^The workflow sent the message to a room of 1,000 to the dead-letter queue\.\nFailed states:\n/,
    );
    await expect(simulated).rejects.toThrow(
      / {2}after \d+\.\d s, \d times: Deliver a page of each key\[0\]\/Post batches\[\d\]\/Post a batch: Lambda\.TooManyRequestsException: Rate Exceeded\. /,
    );
  });

  it('reports executions that time out', async () => {
    const settings = { PageLimit: 100, PostConcurrency: 1 };
    const simulated = simulateDelivery({ members: 15_000, shards: 1, settings });
    await expect(simulated).rejects.toThrow('The execution for a room of 15,000 ended as TIMED_OUT');
  });

  it('reports the progress', async () => {
    const shares: number[] = [];
    await simulateDelivery({ members: 1000 }, (share) => shares.push(share));
    expect(shares).toHaveLength(100);
    expect(shares.at(-1)).toBe(1);
  });
});

describe('docs/scale.md', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'scale.md'), 'utf8');
  /** Returns the number that matches a sentence pattern in the page. */
  const read = (sentence: RegExp) => page.replaceAll(/\s+/g, ' ').match(sentence)?.[1];

  it.each([1000, 3000])('contains the results of a room of %d', async (members) => {
    const row = renderMeasurement(await measure({ members })).trim();
    const [recorded] = page
      .split('\n')
      .filter((line) => line.startsWith(`| ${members.toLocaleString('en')} |`));
    // If this fails, run: npm run scale -- --write
    expect(recorded).toBe(row);
  });

  it('states the number of functions that the burst needs', async () => {
    const { functions } = await simulateDelivery({ members: 4000 });
    expect(read(/burst of a message to 4,000 members uses (\d+) functions/)).toBe(String(functions));
  });

  it('states the delay in an account with ten concurrent executions', async () => {
    const { lastMs } = await measure({ members: 3000, lambdaConcurrency: 10 });
    const seconds = (lastMs / 1000).toFixed(1);
    expect(read(/With 10 executions, the last of 3,000 members receives a message after (\d+\.\d) s/)).toBe(
      seconds,
    );
  });
});
