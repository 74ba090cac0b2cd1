import { randomUUID } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { ChatConnection } from '../../../../tests/support/chat-clients';
import { eventually } from '../../../../tests/support/client';
import { findViolations } from '../../../web/test/browser/support/axe';
import { openScene } from '../../../web/test/browser/support/scene';
import { takeScreenshot } from '../../../web/test/browser/support/screenshot';

/** Every view, with something of it that shows once it has its data. */
const VIEWS = [
  ['traces', '.waterfall .span'],
  ['map', '.node'],
  ['executions', '.box.ran'],
  ['logs', '.row .message'],
  ['metrics', '.card .value'],
  ['connections', 'tbody tr'],
  ['tables', '.bars a'],
  ['queues', '.queues .card'],
] as const;
const WIDTHS = [360, 600, 960, 1280, 1920];
const ROOM_MATES = 5;

const scene = openScene();
let context: BrowserContext;
let page: Page;
let problems: string[];
const lines: ChatConnection[] = [];

beforeAll(async () => {
  const lobby = { query: { room: 'lobby' } };
  for (let i = 0; i < ROOM_MATES; i += 1) {
    lines.push(await ChatConnection.open(scene.stack.wsUrl, undefined, undefined, lobby.query));
  }
  await say('the first');
});

beforeEach(async () => {
  context = await scene.browser.newContext({ viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  problems = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
});

afterEach(async () => {
  await context.close();
  expect(problems).toEqual([]);
});

/** Sends a message and waits until its workflow is over. */
async function say(text: string): Promise<{ messageId: string; seq: number }> {
  const before = (await scene.stack.executions()).length;
  const ack = await lines[0]?.request('sendmessage', { room: 'lobby', text });
  await eventually(async () => (await scene.stack.executions()).length > before);
  return ack;
}

const open = (view: string) => page.goto(`${scene.stack.httpUrl}/_local/#/${view}`);

it('shows each view that is opened by its tab, though nothing happens any more', async () => {
  await open('queues');
  await page.waitForSelector('.queues .card');
  for (const [view, sign] of [...VIEWS, ...VIEWS]) {
    await page.locator(`[data-tab=${view}]`).click();
    await page.waitForSelector(sign);
  }
});

describe.each(VIEWS)('the view %s', (view, sign) => {
  it.each(['light', 'dark'] as const)('has nothing axe objects to, in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await open(view);
    await page.waitForSelector(sign);
    expect(await findViolations(page)).toEqual([]);
  });

  it('fits into windows from 360 to 1,920 pixels', async () => {
    await open(view);
    await page.waitForSelector(sign);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const beyond = await page.evaluate(() => {
        const root = (globalThis as unknown as { document: { documentElement: { scrollWidth: number } } })
          .document.documentElement;
        return root.scrollWidth;
      });
      expect([width, beyond]).toEqual([width, width]);
    }
  });
});

/** What measures a page is text: its types are not known here. */
describe('what is drawn', () => {
  it('leads no edge of the map behind a card', async () => {
    await open('map');
    await page.waitForSelector('.node');
    const hidden = await page.evaluate(`(() => {
      const cards = [...document.querySelectorAll('.node')].map((card) => ({
        name: card.title, left: card.offsetLeft, top: card.offsetTop,
        right: card.offsetLeft + card.offsetWidth, bottom: card.offsetTop + card.offsetHeight,
      }));
      const isIn = ({ x, y }, { left, right, top, bottom }) => x > left && x < right - 1 && y > top && y < bottom;
      return [...document.querySelectorAll('.edge path:not(.head)')].flatMap((path) => {
        const points = Array.from({ length: 101 }, (_, i) => path.getPointAtLength((path.getTotalLength() * i) / 100));
        return cards.filter((card) => points.some((point) => isIn(point, card))).map(({ name }) => name);
      });
    })()`);
    expect(await page.locator('.edge').count()).toBeGreaterThan(0);
    expect(hidden).toEqual([]);
  });

  it("cuts no state's name", async () => {
    await open('executions');
    await page.waitForSelector('.box.ran');
    const cut = await page.evaluate(`[...document.querySelectorAll('.box .name')]
      .filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent)`);
    expect(cut).toEqual([]);
  });

  it('has what cuts a connection in sight on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open('connections');
    const cut = await page.getByRole('button', { name: 'Disconnect' }).first().boundingBox();
    expect((cut?.x ?? 390) + (cut?.width ?? 0)).toBeLessThan(390);
  });

  it('shows the whole of a trace on a phone, and what is chosen there', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open('traces');
    await page.fill('#trace-filter', 'Sendmessage');
    await page.locator('#trace-list .row').first().click();
    await page.locator('.waterfall .span').nth(4).click();
    const [whole, shown] = (await page.evaluate(`(() => {
      const { scrollHeight, clientHeight } = document.querySelector('.waterfall');
      return [scrollHeight, clientHeight];
    })()`)) as number[];
    expect(shown).toBe(whole);
    const facts = await page.locator('.details h3').first().boundingBox();
    expect(facts?.y).toBeLessThan(844);
  });
});

/**
 * The pictures of the documents. `UPDATE_SCREENSHOTS=1 npm run test:browser` takes them anew; they are committed with no more
 * colours than they need (`pngquant --ext .png --force docs/images/console-*.png`).
 */
const PICTURES = [
  {
    name: 'trace',
    height: 960,
    view: 'traces',
    sign: '.waterfall .span:nth-child(20)',
    colorScheme: 'light',
  },
  { name: 'execution', height: 900, view: 'executions', sign: '.box.ran', colorScheme: 'dark' },
  { name: 'service-map', height: 620, view: 'map', sign: '.node', colorScheme: 'light' },
  { name: 'connections', height: 460, view: 'connections', sign: 'tbody tr', colorScheme: 'dark' },
] as const;

describe('the picture of', () => {
  beforeAll(async () => {
    // What is warm is what people see: the first messages wait for the functions to load.
    const { room } = await (lines[0] as ChatConnection).request('createRoom');
    for (const line of lines.slice(1)) await line.request('joinRoom', { room });
    for (let i = 0; i < 12; i += 1) await say(`message ${i}`);
  });

  it.each(PICTURES)('$name can be taken, and is small', async ({ name, height, view, sign, colorScheme }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 1280, height });
    await open(view);
    await page.waitForSelector(sign);
    if (view === 'map') await page.locator('.node', { hasText: 'SendmessageFunction' }).click();
    await takeScreenshot(page, `console-${name}`);
  });
});

describe('the console', () => {
  it('shows a message as it is sent, without being asked again', async () => {
    await open('traces');
    await page.waitForSelector('#trace-list .row');
    const { seq } = await say('the next');
    await page.getByRole('option', { name: `seq=${seq} ` }).waitFor();
  });

  it('draws the way of a message from the function to the batch of posts', async () => {
    const { messageId } = await say('traced');
    await open('traces');
    await page.fill('#trace-filter', messageId);
    await page.locator('#trace-list .row').first().click();
    const spans = page.locator('.waterfall');
    for (const step of ['TransactWriteItems', 'PutEvents', 'Query a page', 'Invoke', 'Post batch']) {
      await spans.getByText(step, { exact: true }).waitFor();
    }
    await spans.getByText('Post batch', { exact: true }).click();
    await page.locator('.details dt', { hasText: 'delivered' }).waitFor();
  });

  it('shows a refusal that is to be expected as an error, and says what that means', async () => {
    const clientMsgId = randomUUID();
    const twice = { room: 'lobby', text: 'sent twice', clientMsgId };
    const { messageId } = await (lines[0] as ChatConnection).request('sendmessage', twice);
    await (lines[0] as ChatConnection).request('sendmessage', twice);
    await open('traces');
    await page.fill('#trace-filter', `${messageId} sendmessage error`);
    await page.locator('#trace-list .row').first().click();
    await page.locator('.span.error', { hasText: 'TransactWriteItems' }).click();
    await page.locator('.details .meaning', { hasText: 'client error (4xx)' }).waitFor();
    expect(await page.locator('.span.fault').count()).toBe(0);
    expect(await findViolations(page)).toEqual([]);
    await open('map');
    await page
      .locator('.node.dynamodb')
      .getByText(/\d errors?$/)
      .first()
      .waitFor();
    expect(await page.locator('.legend li').count()).toBe(3);
    expect(await page.locator('.edge.error').count()).toBeGreaterThan(0);
    expect(await findViolations(page)).toEqual([]);
  });

  it('is moved through by keys', async () => {
    await open('traces');
    await page.waitForSelector('#trace-list .row');
    await page.focus('#trace-list');
    await page.keyboard.press('End');
    const last = page.locator('#trace-list [aria-selected="true"]');
    await last.waitFor();
    expect(await last.getAttribute('aria-posinset')).toBe(await last.getAttribute('aria-setsize'));
    await page.focus('.waterfall');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.waterfall [aria-selected="true"]').getAttribute('id')).toBe('span-1');
  });

  it('shows what went into a state and came out of it', async () => {
    await say('looked at');
    await open('executions');
    await page.locator('.box', { hasText: 'Query a page' }).click();
    await page.locator('.details pre[aria-label="Output"]', { hasText: 'batches' }).waitFor();
    await page.selectOption('#iteration', { index: 1 });
    await page.locator('.box.ran', { hasText: 'Query a page' }).waitFor();
  });

  it('finds the log lines of a trace', async () => {
    await say('logged');
    await open('logs');
    await page.locator('.row', { hasText: 'Accepted' }).first().click();
    await page.getByRole('link', { name: 'Trace logs' }).click();
    await page.locator('.row', { hasText: 'Posted' }).waitFor();
    await page.locator('.row', { hasText: 'Accepted' }).waitFor();
    expect(await page.locator('.row').count()).toBe(2);
  });

  it('shows who is connected, and how the tables group them', async () => {
    await open('connections');
    await page
      .locator('tbody tr')
      .nth(ROOM_MATES - 1)
      .waitFor();
    await page.locator('.groups li', { hasText: 'lobby#0' }).getByText(String(ROOM_MATES)).waitFor();
  });

  it('shows a queue and leaves its messages where they are', async () => {
    const fault = {
      service: 'lambda',
      action: 'Invoke',
      match: 'PostFunction',
      kind: 'fail',
      status: 400,
    } as const;
    await scene.stack.addFault({ ...fault, error: 'ResourceNotFoundException' });
    await say('never delivered');
    await scene.stack.clearFaults();
    await open('queues');
    await page.locator('.queues li', { hasText: 'never delivered' }).waitFor();
    await page.getByText('1 message, 0 in flight').waitFor();
  });

  it('lets nothing in from elsewhere and runs nothing inline', async () => {
    const response = await open('traces');
    const policy = (await response?.headerValue('content-security-policy')) ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
  });
});
