import { ChatConnection } from '../../../../testbed/chat-clients';
import { eventually } from '../../../../testbed/client';
import { takeScreenshot } from './support/screenshot';
import { setUpStackAndBrowser } from './support/setup';
import { PHONE, Visitor } from './support/visitor';

const setup = setUpStackAndBrowser({ MessageRate: 1000, MessageBurst: 1000 });

/** Opens a room with Ada and Bob. */
async function openRoom(options = {}): Promise<{ room: string; ada: Visitor; bob: Visitor }> {
  const ada = await Visitor.open(setup.browser, setup.stack);
  const room = await ada.createRoom('Ada');
  const bob = await Visitor.open(setup.browser, setup.stack, options, `#${room}`);
  await bob.joinInvited('Bob');
  await ada.page.getByRole('button', { name: 'Members: 2' }).waitFor();
  return { room, ada, bob };
}

const messageWith = ({ log }: Visitor, text: string | RegExp) =>
  log.locator('.message', { has: log.page().locator('.text', { hasText: text }) });

/** Opens the actions of a message with the keyboard, and chooses "Reply". */
async function replyTo(visitor: Visitor, text: string): Promise<void> {
  await messageWith(visitor, text)
    .getByRole('button', { name: /^Actions for/ })
    .press('Enter');
  await visitor.page.getByRole('dialog').getByRole('button', { name: 'Reply' }).press('Enter');
  await visitor.page.locator('.reply').waitFor();
}

describe('replies', () => {
  it('quotes the current text of a message, above the reply and in the composer', async () => {
    const { ada, bob } = await openRoom();
    await ada.send('Tea or coffee?');
    await messageWith(bob, 'Tea or coffee?').waitFor();
    await replyTo(bob, 'Tea or coffee?');
    expect(await bob.page.locator('.reply .quoted').textContent()).toBe('Reply to Ada: Tea or coffee?');
    expect(await bob.page.evaluate('document.activeElement.ariaLabel')).toBe('Message');
    await bob.expectAccessible();
    await bob.send('Tea');
    await bob.page.locator('.reply').waitFor({ state: 'detached' });

    for (const [visitor, author] of [
      [ada, 'You'],
      [bob, 'Ada'],
    ] as const) {
      const quote = messageWith(visitor, /^Tea$/).locator('.quoted');
      expect(await quote.textContent()).toBe(`Reply to ${author}: Tea or coffee?`);
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await ada.page.emulateMedia({ colorScheme });
      await takeScreenshot(ada.page, `reply-${colorScheme}`);
    }
    await ada.expectAccessible();

    await ada.composer.press('ArrowUp');
    await ada.page.getByRole('dialog').getByRole('textbox').fill('Tea or water?');
    await ada.page.getByRole('button', { name: 'Save' }).click();
    await bob.log.locator('.quoted', { hasText: 'Tea or water?' }).waitFor();
    await messageWith(ada, 'Tea or water?')
      .first()
      .getByRole('button', { name: /^Actions/ })
      .press('Enter');
    await ada.page.getByRole('button', { name: 'Delete message…' }).click();
    await ada.page.getByRole('button', { name: 'Delete for everyone' }).click();
    for (const visitor of [ada, bob]) {
      await visitor.log.locator('.quoted', { hasText: 'Message deleted' }).waitFor();
      expect(await visitor.page.getByText('Tea or water?').count()).toBe(0);
    }
    await Promise.all([ada.close(), bob.close()]);
  });

  it('sends an ordinary message after the user cancels the reply', async () => {
    const { ada, bob } = await openRoom();
    await ada.send('one');
    await messageWith(ada, 'one').waitFor();
    await replyTo(ada, 'one');
    await ada.composer.press('Escape');
    expect(await ada.page.locator('.reply').count()).toBe(0);
    await replyTo(ada, 'one');
    await ada.page.getByRole('button', { name: 'Do not reply to this message' }).click();
    await ada.send('two');
    await messageWith(bob, 'two').waitFor();
    expect(await bob.log.locator('.quoted').count()).toBe(0);
    await Promise.all([ada.close(), bob.close()]);
  });

  it('shows the quoted message on a click, even if it is not loaded', async () => {
    const line = await ChatConnection.open(setup.stack.wsUrl);
    const { room } = await line.request('createRoom', { username: 'Carol' });
    const send = (text: string, more = {}) => line.request('sendmessage', { room, text, ...more });
    await send('message 1');
    const { seq } = await send('the quoted message');
    for (let count = 3; count <= 120; count += 1) await send(`message ${count}`);
    await send('the reply', { replyTo: seq });
    await send('a reply to a deleted message', { replyTo: (await send('gone')).seq });
    await line.request('deleteMessage', { room, seq: 122 });
    const bob = await Visitor.open(setup.browser, setup.stack, PHONE, `#${room}`);
    await bob.joinInvited('Bob');
    const quote = messageWith(bob, 'the reply').locator('.quoted');
    await eventually(async () => (await quote.textContent()) === 'Reply to Carol: the quoted message');
    expect(await messageWith(bob, 'the quoted message').count()).toBe(0);
    await bob.expectNoOverflow();
    await bob.expectAccessible();

    await quote.click();
    const target = bob.log.locator('.message.found', { hasText: 'the quoted message' });
    await target.waitFor();
    expect(
      await bob.page.evaluate(
        `(({ top, bottom }) => top >= 0 && bottom <= innerHeight)(document.querySelector('.found').getBoundingClientRect())`,
      ),
    ).toBe(true);
    await target.waitFor({ state: 'detached' }); // The highlight disappears.

    // The focus moves to the message, so that the arrow keys continue from it and a screen reader reads it.
    const focused = () => bob.page.evaluate(`document.activeElement.querySelector('.text')?.textContent`);
    expect(await focused()).toBe('the quoted message');
    await bob.page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('message 3');
    line.drop();
    await bob.close();
  });
});
