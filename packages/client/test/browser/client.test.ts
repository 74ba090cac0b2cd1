import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../../../tests/support/browser';
import { FaultyProxy } from '../../../../tests/support/proxy';
import { type Stack, startStack } from '../../../../tests/support/stack';
import { storedLog } from '../../../../tests/support/stored-log';
import { bundlePage, suiteNames } from './client/bundle';
import type { Asked } from './client/page';

const SEED = process.env.SEED ?? String(Date.now() % 2 ** 31);
const VIRTUAL_SCHEDULES = process.env.VIRTUAL_SCHEDULES ?? '100';

declare const asked: Asked;

/** The client's own tests, and the client over real sockets, in a real browser. */
describe('the client in Chromium', () => {
  let browser: Browser;
  let page: Page;
  let stack: Stack;
  let proxy: FaultyProxy;
  let script: string;

  beforeAll(async () => {
    script = await bundlePage();
    stack = await startStack();
    proxy = await FaultyProxy.open(stack.wsUrl);
    browser = await launchBrowser();
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await proxy?.close();
    await stack?.stop();
  });

  /** A page of the runtime's own origin, where there is a localStorage. */
  const open = async () => {
    await page.goto(`${stack.httpUrl}/_local/health`);
    await page.addScriptTag({ content: script });
  };

  it(
    `passes the tests that pass in Node.js (SEED=${SEED})`,
    async () => {
      await open();
      const what = { names: suiteNames(), settings: { SEED, VIRTUAL_SCHEDULES } };
      const outcomes = await page.evaluate(({ names, settings }) => asked.runSuites(names, settings), what);
      process.stdout.write(`${outcomes.length} tests in the page, SEED=${SEED}\n`);
      expect(outcomes.filter(({ error }) => error)).toEqual([]);
      expect(outcomes.length).toBeGreaterThan(50);
    },
    60_000 + Number(VIRTUAL_SCHEDULES) * 1000,
  );

  it('has every message once and in order over sockets that get lost, and is the same guest after a reload', async () => {
    const paths = [1, 2, 3].map((seed) => proxy.path(seed));
    for (const { faults } of paths) {
      faults.weather = {
        losesPushes: 0.2,
        loses: 0.01,
        repeats: 0.2,
        slow: 0.2,
        quickMs: 20,
        slowMs: 800,
        forgets: 0,
      };
    }
    await open();
    const urls = paths.map(({ url }) => url);
    const conversing = page.evaluate(([urls, count]) => asked.converse(urls, count), [urls, 20] as const);
    for (let times = 0; times < 3; times += 1) {
      for (const path of paths) {
        await page.waitForTimeout(400);
        path.cut();
      }
    }
    const { room, userId, acks, heard } = await conversing;

    const log = (await storedLog(stack, room)).map(({ seq, text }) => ({ seq, text }));
    expect(acks).toEqual(log.map(({ seq }) => seq));
    expect(log).toHaveLength(60);
    for (const one of heard) expect(one).toEqual(log.slice(log.length - one.length));
    expect(heard[0]).toHaveLength(60);
    for (const speaker of [0, 1, 2]) {
      const own = log.filter(({ text }) => text.startsWith(`${speaker} `)).map(({ text }) => text);
      expect(own).toEqual(Array.from({ length: 20 }, (_, count) => `${speaker} ${count}`));
    }

    await open();
    const again = await page.evaluate(([urls]) => asked.converse(urls, 1), [urls.slice(0, 1)] as const);
    expect(again.userId).toBe(userId);
  }, 240_000);
});
