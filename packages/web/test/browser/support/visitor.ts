import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { eventually } from '../../../../../tests/support/client';
import type { Stack } from '../../../../../tests/support/stack';
import { API_ORIGIN, pagePolicy, root } from '../../../../../tests/support/template';
import { violationsOn } from './axe';

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

/** What the template sends along with the hosted page, where the WebSocket API is the one on this machine. */
function policy(stack: Stack): string {
  const hosted = pagePolicy(join(root, 'template.yaml'));
  expect(hosted).toContain(API_ORIGIN);
  const local = new URL(stack.wsUrl).origin.replace('127.0.0.1', 'localhost');
  return hosted.replace(API_ORIGIN, local);
}

/** Somebody who looks at the page: a browser profile of their own, and what one does with a chat. */
export class Visitor {
  /** What the browser has complained about; failed connections are the weather. */
  readonly problems: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly stack: Stack,
  ) {
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('console', (message) => {
      const isWeather =
        /net::ERR_|WebSocket/.test(message.text()) && !/Content Security/.test(message.text());
      if (message.type() === 'error' && !isWeather) this.problems.push(message.text());
    });
  }

  static async open(
    browser: Browser,
    stack: Stack,
    options: BrowserContextOptions = {},
    path = '',
  ): Promise<Visitor> {
    const context = await browser.newContext({ ...DESKTOP, locale: 'en-GB', ...options });
    context.setDefaultTimeout(15_000);
    // A page whose headers are changed on the way does not count as one of this machine.
    await context.grantPermissions(['local-network-access']);
    await context.route(
      (url) => /^\/(?:broadcast\.html)?$/.test(url.pathname),
      async (route) => {
        const response = await route.fetch();
        const headers = { ...response.headers(), 'content-security-policy': policy(stack) };
        await route.fulfill({ response, headers });
      },
    );
    await eventually(
      async () => !(await (await fetch(stack.httpUrl)).text()).includes('is being built'),
      60_000,
    );
    const visitor = new Visitor(context, await context.newPage(), stack);
    await visitor.go(path);
    return visitor;
  }

  /** Opens a path of the site. */
  async go(path = ''): Promise<void> {
    await this.page.goto(`${this.stack.httpUrl}/${path}`);
    await this.page.locator('#page > *').first().waitFor();
  }

  async create(name: string, room = ''): Promise<string> {
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByLabel('Its name').fill(room);
    await this.page.getByRole('button', { name: 'Create the room' }).click();
    await this.entered();
    return new URL(this.page.url()).hash.slice(1);
  }

  /** By a link that was opened before. */
  async accept(name: string): Promise<void> {
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByRole('button', { name: 'Join the room' }).click();
    await this.entered();
  }

  async entered(): Promise<void> {
    await this.composer.waitFor();
    await this.page.waitForURL(/#/);
  }

  get composer() {
    return this.page.getByRole('textbox', { name: 'Message' });
  }

  get log() {
    return this.page.getByRole('log');
  }

  /** The bubbles of one's own messages, or of others'. */
  get own() {
    return this.log.locator('.message.own');
  }

  get others() {
    return this.log.locator('.message:not(.own)');
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  /** The texts of the log, in order. */
  texts(): Promise<string[]> {
    return this.log.locator('.message .text').allTextContents();
  }

  /** Waits until the log holds these texts. */
  async reads(expected: string[]): Promise<void> {
    let last: string[] = [];
    await eventually(async () => {
      last = await this.texts();
      return last.length >= expected.length;
    }).catch(() => undefined);
    expect(last).toEqual(expected);
  }

  /** Asserts that axe objects to nothing, in light and in dark. */
  async isAccessible(): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect([colorScheme, ...(await violationsOn(this.page))]).toEqual([colorScheme]);
    }
  }

  /** Asserts that each message in the log has a time, and each time, on hover, the whole date and the seconds. */
  async tellsWholeTimes(): Promise<void> {
    const rows = this.log.locator('.message, .broadcast');
    const times = await rows.locator('time').all();
    expect(times.length).toBeGreaterThan(0);
    expect(times.length).toBe(await rows.count());
    for (const time of times) {
      const at = new Date((await time.getAttribute('datetime')) ?? '');
      const month = at.toLocaleDateString('en-GB', { month: 'long' });
      const title = await time.getAttribute('title');
      expect(title).toMatch(new RegExp(`\\b${at.getDate()} ${month} ${at.getFullYear()}\\b`));
      expect(title).toContain(at.toLocaleTimeString('en-GB'));
    }
  }

  /** The name of an element's animation, by whether one has asked for less motion. */
  async animations(selector: string, part?: string): Promise<Record<string, unknown>> {
    const names: Record<string, unknown> = {};
    for (const reducedMotion of ['no-preference', 'reduce'] as const) {
      await this.page.emulateMedia({ reducedMotion });
      names[reducedMotion] = await this.page.evaluate(
        `getComputedStyle(document.querySelector('${selector}'), ${JSON.stringify(part)}).animationName`,
      );
    }
    return names;
  }

  /** Asserts that neither the page nor the log is wider than what shows it. */
  async fits(): Promise<void> {
    const wider = await this.page.evaluate(
      '[document.documentElement, ...document.querySelectorAll("[role=log]")]' +
        '.filter((element) => element.scrollWidth > element.clientWidth).map((element) => element.className)',
    );
    expect(wider).toEqual([]);
  }

  /** The computed style of each element that a selector finds in the log. */
  styles(selector: string, property: string): Promise<unknown> {
    return this.log
      .page()
      .evaluate(
        `[...document.querySelectorAll('[role=log] ${selector}')].map((one) => getComputedStyle(one)['${property}'])`,
      );
  }

  /** Lets the page believe that it is hidden, or looked at again. */
  async setVisible(isVisible: boolean): Promise<void> {
    const state = isVisible ? 'visible' : 'hidden';
    await this.page.evaluate(
      `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
       document.dispatchEvent(new Event('visibilitychange'))`,
    );
  }

  /** Ends the visit, which must have gone without a complaint of the browser's. */
  async close(): Promise<void> {
    await this.context.close();
    expect(this.problems).toEqual([]);
  }
}
