import { eventually } from '../../../../testbed/client';
import { setUpStackAndBrowser } from './support/setup';
import { PHONE, Visitor } from './support/visitor';

const setup = setUpStackAndBrowser();

/** Opens a room in which Ada writes and the other users are members. */
async function openRoom(names: string[], options = {}): Promise<{ ada: Visitor; others: Visitor[] }> {
  const ada = await Visitor.open(setup.browser, setup.stack, options);
  const room = await ada.createRoom('Ada');
  const others: Visitor[] = [];
  for (const name of names) {
    const visitor = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await visitor.joinInvited(name);
    others.push(visitor);
  }
  await ada.page.getByRole('button', { name: `Members: ${names.length + 1}` }).waitFor();
  return { ada, others };
}

const listOf = ({ page }: Visitor) => page.getByRole('listbox', { name: 'Members' });
const namesIn = (visitor: Visitor) => listOf(visitor).getByRole('option').locator('bdi').allTextContents();
const activeNameOf = ({ page }: Visitor) =>
  page.evaluate(
    `document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.querySelector('bdi').textContent`,
  );

describe('mentions in the composer', () => {
  it('completes a mention with the keyboard', async () => {
    const { ada, others } = await openRoom(['Bob', 'Bobby Brown', 'Zoë']);
    await ada.composer.pressSequentially('hello @');
    await listOf(ada).waitFor();
    expect(await namesIn(ada)).toEqual(['Bob', 'Bobby Brown', 'Zoë']);
    expect(await activeNameOf(ada)).toBe('Bob');
    await ada.expectAccessible();
    await ada.expectNoOverflow();

    await ada.composer.press('ArrowUp');
    expect(await activeNameOf(ada)).toBe('Zoë');
    await ada.composer.press('ArrowDown');
    await ada.composer.press('ArrowDown');
    expect(await activeNameOf(ada)).toBe('Bobby Brown');
    expect(await listOf(ada).locator('[aria-selected=true] bdi').allTextContents()).toEqual(['Bobby Brown']);
    await ada.composer.press('Enter');
    expect(await ada.composer.inputValue()).toBe('hello @Bobby Brown ');

    await ada.composer.pressSequentially('and @zo');
    await ada.composer.press('Tab');
    expect(await ada.composer.inputValue()).toBe('hello @Bobby Brown and @Zoë ');
    expect(await listOf(ada).count()).toBe(0);
    await ada.composer.press('Enter');
    await others[1]?.log.locator('mark', { hasText: '@Bobby Brown' }).waitFor();
    expect(await ada.composer.inputValue()).toBe('');
    await Promise.all([ada, ...others].map((visitor) => visitor.close()));
  });

  it('suggests nothing after Escape, for a complete name, or without the focus', async () => {
    const { ada, others } = await openRoom(['Bob']);
    await ada.composer.pressSequentially('@b');
    await listOf(ada).waitFor();
    await ada.composer.press('Escape');
    expect(await listOf(ada).count()).toBe(0);
    await ada.composer.press('o');
    expect(await listOf(ada).count()).toBe(0);
    await ada.composer.press('Enter');
    await ada.expectTexts(['@bo']);

    await ada.composer.pressSequentially('@Bo');
    await listOf(ada).waitFor();
    await ada.page.getByRole('button', { name: 'Search' }).focus();
    await listOf(ada).waitFor({ state: 'detached' });
    await ada.composer.press('End');
    await listOf(ada).waitFor();
    await ada.composer.press('b');
    await listOf(ada).waitFor({ state: 'detached' });
    await ada.composer.press('Enter');
    await ada.expectTexts(['@bo', '@Bob']);
    await Promise.all([ada, ...others].map((visitor) => visitor.close()));
  });

  it('completes a mention by touch, above the field and inside a small screen', async () => {
    const { ada, others } = await openRoom(['Bob'], { ...PHONE, viewport: { width: 320, height: 420 } });
    await ada.composer.tap();
    await ada.composer.pressSequentially('hi @');
    const option = listOf(ada).getByRole('option', { name: 'Bob' });
    await option.waitFor();
    const [list, field] = [await listOf(ada).boundingBox(), await ada.composer.boundingBox()];
    expect(list && field && list.x >= 0 && list.x + list.width <= 320).toBe(true);
    expect(list && field && list.y >= 0 && list.y + list.height <= field.y).toBe(true);
    await ada.expectNoOverflow();
    await ada.expectAccessible();
    await option.tap();
    await eventually(async () => (await ada.composer.inputValue()) === 'hi @Bob ');
    expect(await ada.page.evaluate('document.activeElement.localName')).toBe('textarea');
    await Promise.all([ada, ...others].map((visitor) => visitor.close()));
  });
});
