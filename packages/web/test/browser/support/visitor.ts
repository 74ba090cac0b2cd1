import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { eventually } from '../../../../../testbed/client';
import type { Stack } from '../../../../../testbed/stack';
import { API_ORIGIN, pagePolicy } from '../../../../../testbed/template';
import { findViolations } from './axe';

const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

/** Returns the Content-Security-Policy of the hosted page, with the local runtime as its WebSocket API. */
function localPolicy(stack: Stack): string {
  const hosted = pagePolicy();
  expect(hosted).toContain(API_ORIGIN);
  const local = new URL(stack.wsUrl).origin.replace('127.0.0.1', 'localhost');
  return hosted.replace(API_ORIGIN, local);
}

function isBuildPage(html: string): boolean {
  return html.includes('Building the web page');
}

/** A user of the page in a separate browser context. */
export class Visitor {
  /** Errors on the page and its console, except network errors, which tests cause on purpose. */
  readonly errors: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly stack: Stack,
    private readonly hasTouch: boolean,
  ) {
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      const isNetworkError =
        /net::ERR_|WebSocket/.test(message.text()) && !/Content Security/.test(message.text());
      if (message.type() === 'error' && !isNetworkError) this.errors.push(message.text());
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
    // Chromium treats a page with modified headers as nonlocal, which needs permission to connect to localhost.
    await context.grantPermissions(['local-network-access']);
    await context.route(
      (url) => /^\/(?:broadcast\.html)?$/.test(url.pathname),
      async (route) => {
        const response = await route.fetch();
        // The page that the runtime shows during a build has its own policy.
        if (isBuildPage(await response.text())) return route.fulfill({ response });
        const headers = { ...response.headers(), 'content-security-policy': localPolicy(stack) };
        await route.fulfill({ response, headers });
      },
    );
    await eventually(async () => !isBuildPage(await (await fetch(stack.httpUrl)).text()), 60_000);
    const visitor = new Visitor(context, await context.newPage(), stack, options.hasTouch === true);
    await visitor.goTo(path);
    return visitor;
  }

  async goTo(path = ''): Promise<void> {
    await this.page.goto(`${this.stack.httpUrl}/${path}`);
    await this.page.locator('#page > *').first().waitFor();
  }

  async createRoom(name: string, room = ''): Promise<string> {
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByLabel('Room name').fill(room);
    await this.page.getByRole('button', { name: 'Create room' }).click();
    await this.waitForRoom();
    return new URL(this.page.url()).hash.slice(1);
  }

  /** Joins the room of the link that the page was opened with. */
  async joinInvited(name: string): Promise<void> {
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByRole('button', { name: 'Join room' }).click();
    await this.waitForRoom();
  }

  async waitForRoom(): Promise<void> {
    await this.composer.waitFor();
    await this.page.waitForURL(/#/);
  }

  get composer() {
    return this.page.getByRole('textbox', { name: 'Message' });
  }

  get log() {
    return this.page.getByRole('log');
  }

  get ownMessages() {
    return this.log.locator('.message.own');
  }

  get othersMessages() {
    return this.log.locator('.message:not(.own)');
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    if (this.hasTouch) await this.page.getByRole('button', { name: 'Send' }).click();
    else await this.composer.press('Enter');
  }

  texts(): Promise<string[]> {
    return this.log.locator('.message .text').allTextContents();
  }

  /** Waits until the log has as many messages as expected, then compares their texts. */
  async expectTexts(expected: string[]): Promise<void> {
    let last: string[] = [];
    await eventually(async () => {
      last = await this.texts();
      return last.length >= expected.length;
    }).catch(() => undefined);
    expect(last).toEqual(expected);
  }

  /** Asserts that axe finds no violations in light and dark mode. */
  async expectAccessible(): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect([colorScheme, ...(await findViolations(this.page))]).toEqual([colorScheme]);
    }
  }

  /** Asserts that each message shows its time, with the full date and the seconds as a tooltip. */
  async expectFullTimes(): Promise<void> {
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

  /** Returns the name of an element's animation for each value of `prefers-reduced-motion`. */
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

  /** Asserts that neither the page nor the log overflows horizontally. */
  async expectNoOverflow(): Promise<void> {
    const overflowing = await this.page.evaluate(
      '[document.documentElement, ...document.querySelectorAll("[role=log]")]' +
        '.filter((element) => element.scrollWidth > element.clientWidth).map((element) => element.className)',
    );
    expect(overflowing).toEqual([]);
  }

  /** Returns a computed style of each matching element in the log. */
  styles(selector: string, property: string): Promise<unknown> {
    return this.log
      .page()
      .evaluate(
        `[...document.querySelectorAll('[role=log] ${selector}')].map((one) => getComputedStyle(one)['${property}'])`,
      );
  }

  /** Changes the page's `visibilityState`. */
  async setVisible(isVisible: boolean): Promise<void> {
    const state = isVisible ? 'visible' : 'hidden';
    await this.page.evaluate(
      `Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
       document.dispatchEvent(new Event('visibilitychange'))`,
    );
  }

  /** Closes the context, and asserts that the page reported no errors. */
  async close(): Promise<void> {
    await this.context.close();
    expect(this.errors).toEqual([]);
  }
}
