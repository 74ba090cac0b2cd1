import { ChatConnection } from '../../../../testbed/chat-clients';
import { eventually } from '../../../../testbed/client';
import { findLongTasks } from './support/long-tasks';
import { Pushes } from './support/pushes';
import { takeScreenshot } from './support/screenshot';
import { setUpStackAndBrowser } from './support/setup';
import { Visitor } from './support/visitor';

const COUNT = 120;
const TEXTS = Array.from({ length: COUNT }, (_, index) => `message ${index + 1}`);

const setup = setUpStackAndBrowser({ MessageRate: 1000, MessageBurst: 1000 });
let line: ChatConnection;
let room: string;

beforeAll(async () => {
  line = await ChatConnection.open(setup.stack.wsUrl);
  ({ room } = await line.request('createRoom', { username: 'Ada' }));
  for (const text of TEXTS) await line.request('sendmessage', { room, text });
});
afterAll(() => {
  line.drop();
});

const send = (text: string) => line.request('sendmessage', { room, text });

/** The part of the log's DOM element that the tests use. The tests are compiled without DOM types. */
interface Scrolled {
  scrollTop: number;
  scrollHeight: number;
  clientHeight: number;
  querySelectorAll(selector: string): Iterable<{
    textContent: string;
    getBoundingClientRect(): { y: number };
  }>;
}

/** Returns a message's distance from the top of the viewport. */
const topOf = async (visitor: Visitor, text: string) =>
  (await visitor.log.getByText(text, { exact: true }).boundingBox())?.y ?? Number.NaN;

const scrollTop = (visitor: Visitor) => visitor.log.evaluate((log) => (log as unknown as Scrolled).scrollTop);

const scrollTo = (visitor: Visitor, top: number) =>
  visitor.log.evaluate((log, to) => {
    (log as unknown as Scrolled).scrollTop = to;
  }, top);

/** Clicks the jump button. Returns whether the log is immediately at its end, without smooth scrolling. */
const jumpsInstantly = async (visitor: Visitor, reducedMotion: 'reduce' | 'no-preference') => {
  await visitor.page.emulateMedia({ reducedMotion });
  return visitor.page.evaluate(
    `document.querySelector('.jump').click();
     (({ scrollTop, clientHeight, scrollHeight }) => scrollTop + clientHeight > scrollHeight - 2)(
       document.querySelector('[role=log]'))`,
  );
};

/** Returns the text of the first message after the marker for unread messages. */
const firstUnread = (visitor: Visitor) =>
  visitor.log.locator('.unread-marker + .message .text').allTextContents();

describe('history', () => {
  it('loads pages while scrolling up, keeps the scroll position, and announces nothing', async () => {
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await bob.joinInvited('Bob');
    await bob.expectTexts(TEXTS.slice(-50));
    await bob.log.getByText('message 120', { exact: true }).waitFor();
    const bottomY = await topOf(bob, 'message 120');
    expect(bottomY).toBeGreaterThan(0);
    expect(bottomY).toBeLessThan(800);

    // Scrolls and measures in one task, before the page handles the scroll event.
    const before = await bob.log.evaluate((log) => {
      const element = log as unknown as Scrolled;
      element.scrollTop = 200;
      const at = [...element.querySelectorAll('.text')].find((text) => text.textContent === 'message 73');
      return at?.getBoundingClientRect().y ?? Number.NaN;
    });
    await bob.expectTexts(TEXTS.slice(-100));
    expect(Math.abs((await topOf(bob, 'message 73')) - before)).toBeLessThanOrEqual(1);
    await scrollTo(bob, 0);
    await bob.expectTexts(TEXTS);
    expect(await bob.page.getByRole('button', { name: /older/ }).count()).toBe(0);

    // The position is kept while another room is shown.
    await scrollTo(bob, 900);
    await eventually(async () => (await scrollTop(bob)) === 900);
    await bob.page.evaluate("location.hash = 'lobby'");
    await bob.joinInvited('Bob');
    await bob.page.goBack();
    await bob.expectTexts(TEXTS);
    expect(await scrollTop(bob)).toBe(900);

    // The search moves through the loaded messages, newest first.
    await bob.page.getByRole('button', { name: 'Search' }).press('Enter');
    const field = bob.page.getByRole('searchbox');
    await field.fill('MESSAGE 7');
    await bob.page.getByText('1 of 11', { exact: true }).waitFor();
    const found = bob.log.locator('.found .text');
    expect(await found.allTextContents()).toEqual(['message 79']);
    await field.press('Enter');
    await bob.page.getByText('2 of 11', { exact: true }).waitFor();
    expect(await found.allTextContents()).toEqual(['message 78']);
    await bob.page.getByRole('button', { name: 'Newer match' }).click();
    await field.press('Shift+Enter');
    await bob.page.getByText('11 of 11', { exact: true }).waitFor();
    expect(await found.allTextContents()).toEqual(['message 7']);
    const top = await topOf(bob, 'message 7');
    expect(top).toBeGreaterThan(0);
    expect(top).toBeLessThan(800);
    await bob.expectAccessible();
    await field.fill('nowhere');
    await bob.page.getByText('No matches').waitFor();
    await field.press('Escape');
    await field.waitFor({ state: 'detached' });
    expect(await found.count()).toBe(0);

    expect(await bob.log.getAttribute('aria-live')).toBe('off');
    expect(await bob.page.locator('.announcer').textContent()).toBe('');
    await bob.expectAccessible();
    await bob.close();
  });

  it('keeps the scroll position when messages arrive, and marks and counts the new messages', async () => {
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await bob.joinInvited('Bob');
    await bob.log.getByText('message 120', { exact: true }).waitFor();
    await scrollTo(bob, 900);
    const before = await scrollTop(bob);
    await send('something new');
    const jump = bob.page.getByRole('button', { name: '1 new message' });
    await jump.waitFor();
    await eventually(async () => (await bob.page.title()).startsWith('(1) '));
    expect(await scrollTop(bob)).toBe(before);
    expect(await bob.page.locator('.announcer').textContent()).toContain('Ada: something new');
    await bob.expectAccessible();
    expect(await jumpsInstantly(bob, 'no-preference')).toBe(false);
    await jump.waitFor({ state: 'hidden' });
    await eventually(async () => !(await bob.page.title()).startsWith('('));
    expect(await firstUnread(bob)).toEqual(['something new']);

    // A message that arrives during smooth scrolling does not stop it.
    const anyJump = bob.page.locator('.jump');
    await scrollTo(bob, 900);
    await anyJump.waitFor();
    const end = await bob.log.evaluate((log) => {
      const { scrollHeight, clientHeight } = log as unknown as Scrolled;
      return scrollHeight - clientHeight;
    });
    await Promise.all([jumpsInstantly(bob, 'no-preference'), send('on the way')]);
    await eventually(async () => (await scrollTop(bob)) > end - 2);
    await bob.log.getByText('on the way').waitFor();
    await scrollTo(bob, 900);
    await anyJump.waitFor();
    expect(await jumpsInstantly(bob, 'reduce')).toBe(true);
    await anyJump.waitFor({ state: 'hidden' });
    await eventually(async () => !(await bob.page.title()).startsWith('('));

    // If the composer grows during smooth scrolling, the log still reaches its end.
    await scrollTo(bob, 900);
    await anyJump.waitFor();
    await bob.page.emulateMedia({ reducedMotion: 'no-preference' });
    await bob.page.evaluate(
      `document.querySelector('.jump').click();
       document.querySelector('.composer textarea').value = 'a\\n'.repeat(5);
       document.querySelector('.composer textarea').dispatchEvent(new Event('input', { bubbles: true }))`,
    );
    await anyJump.waitFor({ state: 'hidden' });
    expect(await bob.composer.evaluate((field) => field === field.ownerDocument.activeElement)).toBe(true);
    await bob.composer.fill('');

    // A hidden page counts messages as unread until it is visible again.
    await bob.setVisible(false);
    await send('unseen');
    await eventually(async () => (await bob.page.title()).startsWith('(1) '));
    await bob.setVisible(true);
    await eventually(async () => !(await bob.page.title()).startsWith('('));

    // On the next visit, the messages since the last visit are marked.
    await bob.goTo('broadcast.html');
    await send('while away');
    await bob.goTo(`#${room}`);
    await bob.waitForRoom();
    await bob.log.getByText('while away').waitFor();
    await eventually(async () => (await firstUnread(bob)).length > 0);
    expect(await firstUnread(bob)).toEqual(['while away']);
    await bob.close();
  });

  it('searches messages that are not loaded, shows the progress, and can stop the search', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const pushes = await Pushes.install(ada.page);
    await ada.goTo();
    await ada.createRoom('Ada');
    for (let seq = 1; seq <= 2500; seq += 1) {
      pushes.store(seq % 800 === 3 ? `needle ${seq}` : `hay ${seq}`);
    }
    pushes.send('hay 2501');
    await ada.log.getByText('hay 2501', { exact: true }).waitFor();
    await ada.page.getByRole('button', { name: 'Search' }).click();
    const search = ada.page.getByRole('search');
    const field = ada.page.getByRole('searchbox');
    await field.fill('needle');
    await search.getByText(/^Searching older messages… Searched back to .+, \d\d:\d\d\.$/).waitFor();
    await search.getByRole('button', { name: 'Stop' }).click();
    await search.getByText('Older messages are not searched.').waitFor();
    await ada.expectAccessible();
    await search.getByRole('button', { name: 'Continue' }).click();
    await search.getByText('Searched all messages.').waitFor();
    await search.getByText('1 of 4', { exact: true }).waitFor();
    await takeScreenshot(ada.page, 'search');

    // The log shows the messages around each match, and omits other messages between the matches.
    const found = ada.log.locator('.found .text');
    for (const text of ['needle 2403', 'needle 1603', 'needle 803', 'needle 3', 'needle 2403']) {
      await eventually(async () => (await found.allTextContents()).join() === text);
      await eventually(async () => {
        const top = await topOf(ada, text);
        return top > 0 && top < 800;
      });
      expect(await ada.log.locator('.message').count()).toBeLessThan(300);
      await field.press('Enter');
    }
    await field.press('Escape');
    await found.waitFor({ state: 'detached' });
    await ada.page.getByRole('button', { name: 'Latest messages' }).click();
    await ada.log.getByText('hay 2501', { exact: true }).waitFor();
    await ada.close();
  });

  it('limits the log while the user reads older messages, and loads newer messages on the way to the end', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const pushes = await Pushes.install(ada.page);
    await ada.goTo();
    await ada.createRoom('Ada');
    const sendMany = async (from: number, to: number) => {
      for (let seq = from; seq <= to; seq += 1) {
        pushes.send(`text ${seq}`);
        if (seq % 20 === 0)
          await eventually(async () => (await ada.page.title()).startsWith(`(${seq - 60}) `));
      }
    };
    for (let seq = 1; seq <= 60; seq += 1) pushes.send(`text ${seq}`);
    await ada.log.getByText('text 60', { exact: true }).waitFor();
    await scrollTo(ada, 1000);
    await ada.page.locator('.jump').waitFor();
    const top = await scrollTop(ada);
    const longTasks = await findLongTasks(setup.browser, ada.page, () => sendMany(61, 1100));
    expect(longTasks).toEqual([]);
    expect(await scrollTop(ada)).toBe(top);
    const count = () => ada.log.locator('.message').count();
    expect(await count()).toBe(1000);

    // At the end of the loaded messages, the page loads the next messages, and the visible messages keep their positions.
    const before = await ada.log.evaluate((log) => {
      const element = log as unknown as Scrolled;
      element.scrollTop = element.scrollHeight;
      const at = [...element.querySelectorAll('.text')].find((text) => text.textContent === 'text 1000');
      return at?.getBoundingClientRect().y ?? Number.NaN;
    });
    await ada.log.getByText('text 1050', { exact: true }).waitFor();
    expect(Math.abs((await topOf(ada, 'text 1000')) - before)).toBeLessThanOrEqual(1);
    expect(await count()).toBe(1000);
    expect(await ada.page.title()).toMatch(/^\(1040\) /);
    await ada.expectAccessible();

    await ada.page.getByRole('button', { name: '1040 new messages' }).click();
    await ada.log.getByText('text 1100', { exact: true }).waitFor();
    await ada.page.locator('.jump').waitFor({ state: 'hidden' });
    await eventually(async () => !(await ada.page.title()).startsWith('('));
    expect(await topOf(ada, 'text 1100')).toBeLessThan(800);
    await scrollTo(ada, 0);
    await ada.log.getByText('text 1001', { exact: true }).waitFor();
    await ada.close();
  }, 300_000);
});
