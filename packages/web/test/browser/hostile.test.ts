import { findLongTasks } from './support/long-tasks';
import { Pushes } from './support/pushes';
import { takeScreenshot } from './support/screenshot';
import { setUpStackAndBrowser } from './support/setup';
import { PHONE, Visitor } from './support/visitor';

const setup = setUpStackAndBrowser();

const TEXTS = [
  '<img src=x onerror="globalThis.hacked = 1">',
  '<script>globalThis.hacked = 1</script><style>body { display: none }</style>',
  'javascript:globalThis.hacked=1 and data:text/html,<script>1</script>',
  'https://user:secret@example.com https://example.com/"onmouseover="globalThis.hacked=1',
  'שלום (עולם) abc',
  'evil \u202etxt.exe',
  '👩🏽‍🚀👨‍👩‍👧‍👦🏳️‍🌈 e\u0301 Z\u0351\u036b\u0343',
  'a\n\n\tb  c',
  '&amp; {{x}} %s',
  '```<img src=x onerror="globalThis.hacked = 1"></code></p><script>globalThis.hacked = 1</script>```',
  `\`\`\`${'x'.repeat(300)}\`\`\``,
];
const SHOWN = TEXTS.map((text) => text.replaceAll('```', '').replace('\u202e', ''));

describe('hostile messages', () => {
  it('shows markup as text', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('עדה <b>', '<i>room</i>');
    const bob = await Visitor.open(setup.browser, setup.stack, PHONE, `#${room}`);
    await bob.joinInvited('Bob');
    for (const text of TEXTS) await ada.send(text);
    await Promise.all([ada.expectTexts(SHOWN), bob.expectTexts(SHOWN)]);
    for (const visitor of [ada, bob]) {
      expect(await visitor.page.evaluate('globalThis.hacked')).toBeUndefined();
      expect(await visitor.log.locator('img, script, style, b, i').count()).toBe(0);
      expect(await visitor.page.locator('h1 i, h1 b').count()).toBe(0);
      const links = visitor.log.locator('.text a');
      expect(
        await links.evaluateAll((all) => all.map((a) => (a as unknown as { href: string }).href)),
      ).toEqual(['https://example.com/']);
      expect(await links.first().getAttribute('rel')).toBe('noopener noreferrer nofollow');
      expect(await links.first().getAttribute('target')).toBe('_blank');
      await visitor.expectNoOverflow();
    }
    expect(await bob.othersMessages.first().locator('bdi').textContent()).toBe('עדה <b>');
    await bob.expectAccessible();
    await Promise.all([ada.close(), bob.close()]);
  });

  it('does not freeze the page with 1,000 links that end with thousands of brackets', async () => {
    const text = `http://a.b/${')]}'.repeat(1360)}`;
    const ada = await Visitor.open(setup.browser, setup.stack);
    const pushes = await Pushes.install(ada.page);
    await ada.goTo();
    await ada.createRoom('Ada');
    const longTasks = await findLongTasks(setup.browser, ada.page, async () => {
      for (let count = 1; count <= 1000; count += 1) {
        const ts = pushes.send(text);
        if (count % 20 === 0) await ada.log.locator(`.message time[datetime="${ts}"]`).waitFor();
      }
    });
    expect(longTasks).toEqual([]);
    await ada.close();
  }, 300_000);

  it('keeps stacked combining marks inside the bubble', async () => {
    const name = `Zalgo${'\u0301'.repeat(25)}`;
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada');
    const eve = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await eve.joinInvited(name);
    await ada.send('before');
    await eve.send(`Z${'\u0351\u036b\u0343'.repeat(200)} and ${'\u0316\u0317'.repeat(200)}y`);
    await ada.othersMessages.first().waitFor();
    // Without the marks, the pixels above the message and next to the previous message are the same.
    const shoot = async () => {
      const box = await ada.ownMessages.first().locator('.bubble').boundingBox();
      return ada.page.screenshot({
        clip: { x: 0, width: 800, y: (box?.y ?? 0) - 40, height: 40 + (box?.height ?? 0) },
      });
    };
    await ada.page.mouse.move(0, 0);
    await shoot();
    const withMarks = await shoot();
    await ada.page.evaluate(
      `for (const one of document.querySelectorAll('.message:not(.own) :is(.text, .author bdi)')) one.textContent = 'x'`,
    );
    expect(withMarks.equals(await shoot())).toBe(true);
    await Promise.all([ada.close(), eve.close()]);
  });

  it('folds a long message', async () => {
    const lines = Array.from({ length: 900 }, (_, index) => index + 1).join('\n');
    const ada = await Visitor.open(setup.browser, setup.stack, PHONE);
    const room = await ada.createRoom('Ada');
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await bob.joinInvited('Bob');
    for (const text of [lines, 'x\n'.repeat(24)]) await ada.send(text);
    for (const visitor of [ada, bob]) {
      const height = async () => (await visitor.log.locator('.bubble').first().boundingBox())?.height ?? 0;
      await visitor.expectTexts([lines, 'x\n'.repeat(24)]);
      expect(await height()).toBeLessThan(400);
      await visitor.expectAccessible();
      await takeScreenshot(visitor.page, `folded-${visitor === ada ? 'phone' : 'desktop'}`);
      await visitor.page.getByRole('button', { name: 'Show more' }).click();
      expect(await height()).toBeGreaterThan(10_000);
      await visitor.page.getByRole('button', { name: 'Show less' }).click();
      expect(await height()).toBeLessThan(400);
    }
    // The search shows the match.
    await bob.page.getByRole('button', { name: 'Search' }).click();
    await bob.page.getByRole('searchbox').fill('899');
    await bob.log.locator('.found').waitFor();
    expect(await bob.log.locator('.folded').count()).toBe(0);
    await Promise.all([ada.close(), bob.close()]);
  });

  it('keeps the text direction of the surrounding elements', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    await ada.send('שלום (עולם) abc');
    await ada.send('evil \u202etxt.exe');
    await ada.expectTexts(['שלום (עולם) abc', 'evil txt.exe']);
    expect(await ada.styles('.text', 'direction')).toEqual(['rtl', 'ltr']);
    expect(await ada.styles('.text', 'unicodeBidi')).toEqual(['plaintext', 'plaintext']);
    expect(await ada.styles('.message time', 'direction')).toEqual(['ltr', 'ltr']);
    await ada.page.getByRole('navigation', { name: 'Rooms' }).getByText('evil txt.exe').waitFor();
    await ada.send('עולם https://example.com/a?b=c');
    await ada.log.getByRole('link').waitFor();
    expect(await ada.styles('.text a', 'direction')).toEqual(['ltr']);
    expect(await ada.styles('.text a', 'unicodeBidi')).toEqual(['isolate']);
    await ada.close();
  });

  it('shows the real host of a link with look-alike letters', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    await ada.send('https://www.\u0430\u0440\u0440\u04cf\u0435.com/login and https://www.apple.com/');
    const links = ada.log.getByRole('link');
    await links.nth(1).waitFor();
    expect(await links.allTextContents()).toEqual([
      'https://www.\u0430\u0440\u0440\u04cf\u0435.com/login (www.xn--80ak6aa92e.com)',
      'https://www.apple.com/',
    ]);
    await ada.close();
  });

  it('sends one word of 4,096 bytes, but not a longer word', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack, PHONE);
    await ada.createRoom('Ada');
    const word = `${'w'.repeat(4092)}😀`;
    await ada.composer.fill(`${word}!`);
    await ada.page.getByText('Too long by 1 byte').waitFor();
    expect(await ada.page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    await ada.composer.press('Enter');
    await ada.expectAccessible();
    await ada.composer.fill(word);
    await ada.page.getByText('0 bytes left').waitFor();
    await ada.page.getByRole('button', { name: 'Send' }).click();
    await ada.expectTexts([word]);
    await ada.ownMessages.last().getByText('Sent', { exact: true }).waitFor();
    await ada.expectNoOverflow();
    await ada.close();
  });
});
