import { Line } from '../../../../tests/support/chatter';
import { eventually } from '../../../../tests/support/client';
import { openScene } from './support/scene';
import { Visitor } from './support/visitor';

const COUNT = 120;
const TEXTS = Array.from({ length: COUNT }, (_, index) => `message ${index + 1}`);

const scene = openScene(['--parameter-overrides', 'MessageRate=1000', 'MessageBurst=1000']);
let line: Line;
let room: string;

beforeAll(async () => {
  line = await Line.open(scene.stack.wsUrl);
  ({ room } = await line.request('createRoom', { username: 'Ada' }));
  for (const text of TEXTS) await line.request('sendmessage', { room, text });
});
afterAll(() => {
  line.drop();
});

const say = (text: string) => line.request('sendmessage', { room, text });

/** The log's element, as the page sees it. */
interface Scrolled {
  scrollTop: number;
  scrollHeight: number;
  clientHeight: number;
  querySelectorAll(selector: string): Iterable<{
    textContent: string;
    getBoundingClientRect(): { y: number };
  }>;
}

/** How far a message is from the top of the window. */
const topOf = async (visitor: Visitor, text: string) =>
  (await visitor.log.getByText(text, { exact: true }).boundingBox())?.y ?? Number.NaN;

const scrollTop = (visitor: Visitor) => visitor.log.evaluate((log) => (log as unknown as Scrolled).scrollTop);

const scrollTo = (visitor: Visitor, top: number) =>
  visitor.log.evaluate((log, to) => {
    (log as unknown as Scrolled).scrollTop = to;
  }, top);

/** Clicks, and says whether the log was at its end at once: whoever minds motion is not moved through it. */
const jumpsAtOnce = async (visitor: Visitor, reducedMotion: 'reduce' | 'no-preference') => {
  await visitor.page.emulateMedia({ reducedMotion });
  return visitor.page.evaluate(
    `document.querySelector('.jump').click();
     (({ scrollTop, clientHeight, scrollHeight }) => scrollTop + clientHeight > scrollHeight - 2)(
       document.querySelector('[role=log]'))`,
  );
};

/** What stands behind the line that says "New messages". */
const firstUnread = (visitor: Visitor) => visitor.log.locator('.new + .message .text').allTextContents();

describe('history', () => {
  it('is read upwards, page by page, and never jumps or is read aloud again', async () => {
    const bob = await Visitor.open(scene.browser, scene.stack, {}, `#${room}`);
    await bob.accept('Bob');
    await bob.reads(TEXTS.slice(-50));
    await bob.log.getByText('message 120', { exact: true }).waitFor();
    const inSight = await topOf(bob, 'message 120');
    expect(inSight).toBeGreaterThan(0);
    expect(inSight).toBeLessThan(800);

    // Read in the task that scrolls, before the page can answer to it.
    const before = await bob.log.evaluate((log) => {
      const element = log as unknown as Scrolled;
      element.scrollTop = 200;
      const at = [...element.querySelectorAll('.text')].find((text) => text.textContent === 'message 73');
      return at?.getBoundingClientRect().y ?? Number.NaN;
    });
    await bob.reads(TEXTS.slice(-100));
    expect(Math.abs((await topOf(bob, 'message 73')) - before)).toBeLessThanOrEqual(1);
    await scrollTo(bob, 0);
    await bob.reads(TEXTS);
    expect(await bob.page.getByRole('button', { name: /older/ }).count()).toBe(0);

    expect(await bob.log.getAttribute('aria-live')).toBe('off');
    expect(await bob.page.locator('.spoken').textContent()).toBe('');
    await bob.isAccessible();
    await bob.close();
  });

  it('is left where it is when something new comes, which is marked and counted', async () => {
    const bob = await Visitor.open(scene.browser, scene.stack, {}, `#${room}`);
    await bob.accept('Bob');
    await bob.log.getByText('message 120', { exact: true }).waitFor();
    await scrollTo(bob, 900);
    const before = await scrollTop(bob);
    await say('something new');
    const jump = bob.page.getByRole('button', { name: '1 new message' });
    await jump.waitFor();
    await eventually(async () => (await bob.page.title()).startsWith('(1) '));
    expect(await scrollTop(bob)).toBe(before);
    expect(await bob.page.locator('.spoken').textContent()).toContain('Ada: something new');
    await bob.isAccessible();
    expect(await jumpsAtOnce(bob, 'no-preference')).toBe(false);
    await jump.waitFor({ state: 'hidden' });
    await eventually(async () => !(await bob.page.title()).startsWith('('));
    expect(await firstUnread(bob)).toEqual(['something new']);

    // What comes on the way to the end does not stop one.
    const anyJump = bob.page.locator('.jump');
    await scrollTo(bob, 900);
    await anyJump.waitFor();
    const end = await bob.log.evaluate((log) => {
      const { scrollHeight, clientHeight } = log as unknown as Scrolled;
      return scrollHeight - clientHeight;
    });
    await Promise.all([jumpsAtOnce(bob, 'no-preference'), say('on the way')]);
    await eventually(async () => (await scrollTop(bob)) > end - 2);
    await bob.log.getByText('on the way').waitFor();
    await scrollTo(bob, 900);
    await anyJump.waitFor();
    expect(await jumpsAtOnce(bob, 'reduce')).toBe(true);
    await anyJump.waitFor({ state: 'hidden' });
    await eventually(async () => !(await bob.page.title()).startsWith('('));

    // While nobody looks, what comes is counted; then it is read.
    await bob.setVisible(false);
    await say('unseen');
    await eventually(async () => (await bob.page.title()).startsWith('(1) '));
    await bob.setVisible(true);
    await eventually(async () => !(await bob.page.title()).startsWith('('));

    // What came while one was away is marked when one returns.
    await bob.go('broadcast.html');
    await say('while away');
    await bob.go(`#${room}`);
    await bob.entered();
    await bob.log.getByText('while away').waitFor();
    await eventually(async () => (await firstUnread(bob)).length > 0);
    expect(await firstUnread(bob)).toEqual(['while away']);
    await bob.close();
  });
});
