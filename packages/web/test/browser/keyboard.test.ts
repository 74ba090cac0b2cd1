import { eventually } from '../../../../testbed/client';
import { Pushes } from './support/pushes';
import { takeScreenshot } from './support/screenshot';
import { setUpStackAndBrowser } from './support/setup';
import { PHONE, Visitor } from './support/visitor';

const setup = setUpStackAndBrowser();

/** Returns the label, or else the text, of the focused element. */
const focused = ({ page }: Visitor) =>
  page.evaluate(
    `document.activeElement.querySelector('.text')?.textContent || document.activeElement.ariaLabel ||
       document.activeElement.labels?.[0]?.firstChild.textContent || document.activeElement.textContent.trim()`,
  ) as Promise<string>;

/** Presses a key several times, and returns the focused element after each press. */
async function press(visitor: Visitor, key: string, count: number): Promise<string[]> {
  const names: string[] = [];
  for (let pressed = 0; pressed < count; pressed += 1) {
    await visitor.page.keyboard.press(key);
    names.push(await focused(visitor));
  }
  return names;
}

describe('the keyboard', () => {
  it('starts in the first field of each page', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await eventually(async () => (await focused(ada)) === 'Your name');
    const room = await ada.createRoom('Ada');
    await eventually(async () => (await focused(ada)) === 'Message');
    await ada.page.getByRole('button', { name: 'Change your name' }).press('Enter');
    await eventually(async () => (await focused(ada)) === 'Your name');
    await ada.page.keyboard.press('Escape');
    await ada.page.getByRole('button', { name: 'Room settings' }).press('Enter');
    await eventually(async () => (await focused(ada)) === 'Name');
    await ada.goTo('broadcast.html');
    await eventually(async () => (await focused(ada)) === 'Broadcast key');
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await eventually(async () => (await focused(bob)) === 'Your name');
    // The on-screen keyboard of a phone would cover the page.
    const eve = await Visitor.open(setup.browser, setup.stack, PHONE, `#${room}`);
    expect(await eve.page.evaluate('document.activeElement.localName')).toBe('body');
    await Promise.all([ada.close(), bob.close(), eve.close()]);
  });

  it('reaches the log with one tab stop, and its rows and their controls with the arrow keys', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    const texts = ['one', 'https://example.com/two and https://example.com/three', 'four'];
    for (const text of texts) await ada.send(text);
    await ada.expectTexts(texts);
    const actions = ada.page.getByRole('button', { name: 'Actions for your message' });
    await eventually(async () => (await actions.count()) === 3);

    expect(await press(ada, 'Shift+Tab', 2)).toEqual(['four', 'Open another room']);
    expect(await press(ada, 'Tab', 2)).toEqual(['four', 'Message']);
    await ada.page.keyboard.press('Shift+Tab');
    expect(await press(ada, 'ArrowUp', 3)).toEqual([texts[1], 'one', 'one']);
    expect(await press(ada, 'ArrowDown', 1)).toEqual([texts[1]]);
    expect(await press(ada, 'ArrowRight', 4)).toEqual([
      'https://example.com/two',
      'https://example.com/three',
      'Actions for your message',
      'Actions for your message',
    ]);
    expect(await press(ada, 'ArrowLeft', 3)).toEqual([
      'https://example.com/three',
      'https://example.com/two',
      texts[1],
    ]);
    for (const colorScheme of ['light', 'dark'] as const) {
      await ada.page.emulateMedia({ colorScheme });
      await takeScreenshot(ada.page, `keyboard-${colorScheme}`);
    }
    await ada.expectAccessible();
    expect(await press(ada, 'End', 1)).toEqual(['four']);
    expect(await press(ada, 'Home', 1)).toEqual(['one']);

    // Enter opens the actions, and the focus returns to the message.
    await ada.page.keyboard.press('Enter');
    await ada.page.getByRole('dialog', { name: 'Your message' }).waitFor();
    await ada.page.keyboard.press('Escape');
    await eventually(async () => (await focused(ada)) === 'one');
    expect(await press(ada, 'Escape', 1)).toEqual(['Message']);
    await ada.close();
  });

  it('offers a link that skips the buttons and the list of rooms', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    await ada.page.evaluate('document.activeElement.blur()');
    await ada.page.getByRole('button', { name: 'Rooms', exact: true }).focus();
    expect(await press(ada, 'Shift+Tab', 1)).toEqual(['Skip to the message field']);
    await ada.expectAccessible();
    await ada.page.keyboard.press('Enter');
    expect(await focused(ada)).toBe('Message');
    await ada.close();
  });

  it('keeps the focus in the log when the focused message is removed', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const pushes = await Pushes.install(ada.page);
    await ada.goTo();
    await ada.createRoom('Ada');
    const receive = async (count: number) => {
      for (let sent = 1; sent <= count; sent += 1) {
        const ts = pushes.send('.');
        if (sent % 20 === 0) await ada.log.locator(`.message time[datetime="${ts}"]`).waitFor();
      }
    };
    await receive(300);
    await ada.page.keyboard.press('Shift+Tab');
    await receive(320);
    expect(await ada.page.evaluate(`document.activeElement.closest('[role=log]') !== null`)).toBe(true);
    expect(await ada.log.getAttribute('tabindex')).toBe('-1');
    await ada.close();
  });
});
