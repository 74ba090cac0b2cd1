import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from './browser';
import { OrderApp } from './order-app';

/** The number of connections that `setUpConsole` opens. */
export const CONNECTIONS = 5;

/** Widths of windows in pixels. */
export const WIDTHS = [360, 600, 960, 1280, 1920];

/** The application, and a page of its console. Set before each test. */
export let app: OrderApp;
export let page: Page;
let errors: string[];

/** Starts an application with connections and an order before the tests of a file, and opens a new page for each test. */
export function setUpConsole(): void {
  let browser: Browser | undefined;
  let context: BrowserContext;

  beforeAll(async () => {
    app = await OrderApp.start();
    browser = await launchBrowser();
    for (let i = 0; i < CONNECTIONS; i += 1) await app.connect('north');
    await app.placeOrder('first');
  });

  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  beforeEach(async () => {
    context = await (browser as Browser).newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
  });

  afterEach(async () => {
    await context.close();
    expect(errors).toEqual([]);
  });
}

/** Opens a view of the console. */
export const open = (view: string) => page.goto(`${app.url}/_local/#/${view}`);

/** Ignores the page errors that contain the given text. A test fails if the page has reported other errors. */
export function ignoreErrors(text: string): void {
  errors = errors.filter((message) => !message.includes(text));
}
