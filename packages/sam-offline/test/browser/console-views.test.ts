import { findViolations } from './support/axe';
import { app, open, page, setUpConsole, WIDTHS } from './support/console';
import { CYCLE } from './support/service-map';

/** Each view with a selector for its data. */
const VIEWS = [
  ['traces', '.waterfall .span'],
  ['map', '.node'],
  ['functions', '.functions dl'],
  ['executions', '.box.ran'],
  ['events', '.verdict'],
  ['logs', '.row .message'],
  ['metrics', '.card .value'],
  ['cost', '.cost-lines tbody tr'],
  ['frames', '#frame-list .row'],
  ['connections', 'main.connections tbody tr'],
  ['tables', '.bars a'],
  ['queues', '.queues .card'],
  ['faults', '#fault-kind'],
] as const;
setUpConsole();

describe('the tabs', () => {
  it('shows each view with its data, even without new events', async () => {
    await open('queues');
    await page.waitForSelector('.queues .card');
    for (const [view, selector] of [...VIEWS, ...VIEWS]) {
      await page.locator(`[data-tab=${view}]`).click();
      await page.waitForSelector(selector);
    }
  });
});

describe.each(VIEWS)('the %s view', (view, selector) => {
  it.each(['light', 'dark'] as const)('has no accessibility violations in %s mode', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await open(view);
    await page.waitForSelector(selector);
    expect(await findViolations(page)).toEqual([]);
  });

  it('fits in windows from 360 to 1,920 pixels', async () => {
    await open(view);
    await page.waitForSelector(selector);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([width, width]);
    }
  });
});

// The scripts are strings, because the tests are compiled without DOM types.
describe('the layout', () => {
  it.each(['the recorded calls', 'a cycle'])(
    'draws no edge of the service map behind a card: %s',
    async (name) => {
      if (name === 'a cycle') await page.route('**/_local/map?*', (route) => route.fulfill({ json: CYCLE }));
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
    },
  );

  it('shows the full names of states', async () => {
    await open('executions');
    await page.waitForSelector('.box.ran');
    const truncated = await page.evaluate(`[...document.querySelectorAll('.box .name')]
      .filter((name) => name.scrollWidth > name.clientWidth).map((name) => name.textContent)`);
    expect(truncated).toEqual([]);
  });

  it('shows the disconnect buttons and users next to long names in windows of every width', async () => {
    const close = await app.connect('east', {
      username: 'A name of thirty-two characters!',
      room: 'kitchen',
    });
    await open('connections');
    await page.locator('tbody tr', { hasText: 'thirty-two' }).waitFor();
    for (const width of [360, 390, 577, 769, 961, 1280, 1281, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      const [isHit, labelWidth] = (await page.evaluate(`(() => {
        const button = document.querySelector('tbody [aria-label^=Disconnect]');
        const { x, y, width, height } = button.getBoundingClientRect();
        const corners = [x + 2, x + width - 2].map((left) => document.elementFromPoint(left, y + height / 2));
        return [corners.every((each) => each === button), document.querySelector('tbody .labels').clientWidth];
      })()`)) as [boolean, number];
      expect([width, isHit]).toEqual([width, true]);
      expect(labelWidth).toBeGreaterThan(50);
    }
    close();
  });

  it('shows the selected frame, log line and shortcut on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const view of ['frames', 'logs']) {
      await open(view);
      if (view === 'frames') await page.locator('#connection-list .row').last().click();
      await page.locator('.split .row').first().click();
      const detail = page.locator('.split .details .json').first();
      await detail.waitFor();
      expect((await detail.boundingBox())?.y).toBeLessThan(844);
    }
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.evaluate('document.querySelector("dialog").scrollWidth')).toBe(
      await dialog.evaluate('document.querySelector("dialog").clientWidth'),
    );
  });

  it('shows the placeholders of the filters in full', async () => {
    for (const view of ['traces', 'executions', 'events', 'frames', 'connections', 'tables']) {
      await open(view);
      await page.waitForSelector('input[type=search]');
      const truncated = await page.evaluate(`[...document.querySelectorAll('input[type=search]')]
        .filter((input) => {
          const PADDING = 32; // includes the button that clears the field
          const context = document.createElement('canvas').getContext('2d');
          context.font = getComputedStyle(input).font;
          return context.measureText(input.placeholder).width > input.clientWidth - PADDING;
        }).map((input) => input.placeholder)`);
      expect(truncated).toEqual([]);
    }
  });

  it('explains an empty list on a phone', async () => {
    await page.route('**/_local/traces?*', (route) =>
      route.fulfill({ json: { version: 0, kept: 0, traces: [] } }),
    );
    await page.setViewportSize({ width: 390, height: 844 });
    await open('traces');
    await page.getByRole('link', { name: 'connect a WebSocket client' }).click();
    await page.getByRole('button', { name: 'Connect', exact: true }).waitFor();
  });

  it('shows the whole waterfall and the selected span on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open('traces');
    await page.fill('#trace-filter', 'first');
    await page.locator('#trace-list .row').first().click();
    await page.locator('.waterfall .span').nth(4).click();
    const [scrollHeight, clientHeight] = (await page.evaluate(`(() => {
      const { scrollHeight, clientHeight } = document.querySelector('.waterfall');
      return [scrollHeight, clientHeight];
    })()`)) as number[];
    expect(clientHeight).toBe(scrollHeight);
    const details = await page.locator('.details h3').first().boundingBox();
    expect(details?.y).toBeLessThan(844);
  });
});
