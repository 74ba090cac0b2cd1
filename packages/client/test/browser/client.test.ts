import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../../../testbed/browser';
import { readRoomLog } from '../../../../testbed/room-log';
import { type Stack, startStack } from '../../../../testbed/stack';
import { FaultyProxy } from '../support/proxy';
import { bundlePage, listSuites } from './client/bundle';
import type { PageApi } from './client/page';

const SEED = process.env.SEED ?? String(Date.now() % 2 ** 31);
const VIRTUAL_SCHEDULES = process.env.VIRTUAL_SCHEDULES ?? '100';

declare const pageApi: PageApi;

describe('client in Chromium', () => {
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

  /** Opens a page on the runtime's origin, because `about:blank` has no localStorage. */
  const openPage = async () => {
    await page.goto(`${stack.httpUrl}/_local/health`);
    await page.addScriptTag({ content: script });
  };

  it(
    `passes the unit and property tests (SEED=${SEED})`,
    async () => {
      await openPage();
      const input = { suites: listSuites(), settings: { SEED, VIRTUAL_SCHEDULES } };
      const results = await page.evaluate(
        ({ suites, settings }) => pageApi.runSuites(suites, settings),
        input,
      );
      process.stdout.write(`${results.length} tests in the page, SEED=${SEED}\n`);
      expect(results.filter(({ error }) => error)).toEqual([]);
      expect(results.length).toBeGreaterThan(50);
    },
    60_000 + Number(VIRTUAL_SCHEDULES) * 1000,
  );

  it('receives every message exactly once and in order over lossy sockets, and keeps its identity after a reload', async () => {
    const paths = [1, 2, 3].map((seed) => proxy.createPath(seed));
    for (const { faults } of paths) {
      faults.rates = {
        pushLoss: 0.2,
        frameLoss: 0.01,
        duplicates: 0.2,
        slowFrames: 0.2,
        quickMs: 20,
        slowMs: 800,
        staleResumes: 0,
      };
    }
    await openPage();
    const urls = paths.map(({ url }) => url);
    const running = page.evaluate(([urls, count]) => pageApi.runConversation(urls, count), [
      urls,
      20,
    ] as const);
    for (let round = 0; round < 3; round += 1) {
      for (const path of paths) {
        await page.waitForTimeout(400);
        path.cutConnections();
      }
    }
    const { room, userId, acks, received } = await running;

    const log = (await readRoomLog(stack, room)).map(({ seq, text }) => ({ seq, text }));
    expect(acks).toEqual(log.map(({ seq }) => seq));
    expect(log).toHaveLength(60);
    for (const messages of received) expect(messages).toEqual(log.slice(log.length - messages.length));
    expect(received[0]).toHaveLength(60);
    for (const sender of [0, 1, 2]) {
      const texts = log.filter(({ text }) => text.startsWith(`${sender} `)).map(({ text }) => text);
      expect(texts).toEqual(Array.from({ length: 20 }, (_, index) => `${sender} ${index}`));
    }

    await openPage();
    const reloaded = await page.evaluate(([urls]) => pageApi.runConversation(urls, 1), [
      urls.slice(0, 1),
    ] as const);
    expect(reloaded.userId).toBe(userId);
  }, 240_000);
});
