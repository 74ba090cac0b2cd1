import { takeScreenshot } from './support/screenshot';
import { setUpStackAndBrowser } from './support/setup';
import { PHONE, Visitor } from './support/visitor';

const setup = setUpStackAndBrowser({ MessageRate: 1000, MessageBurst: 1000 });

/** Opens a room with Ada, Bob and a message from Ada. */
async function openRoom(options = {}) {
  const ada = await Visitor.open(setup.browser, setup.stack);
  const room = await ada.createRoom('Ada');
  const bob = await Visitor.open(setup.browser, setup.stack, options, `#${room}`);
  await bob.joinInvited('Bob');
  await ada.page.getByRole('button', { name: 'Members: 2' }).waitFor();
  await ada.send('Tea at five?');
  await bob.log.locator('.message', { hasText: 'Tea at five?' }).waitFor();
  return { room, ada, bob };
}

const reaction = ({ log }: Visitor, name: string) => log.getByRole('button', { name, exact: true });

/** Opens the actions of the last message with the keyboard, and chooses an emoji. */
async function react(visitor: Visitor, emoji: string): Promise<void> {
  await visitor.log
    .getByRole('button', { name: /^Actions for/ })
    .last()
    .press('Enter');
  const choice = visitor.page.getByRole('dialog').getByRole('button', { name: `React with ${emoji}` });
  await choice.press('Enter');
  await choice.waitFor({ state: 'detached' });
}

describe('reactions', () => {
  it('adds a reaction from the actions of a message, shows the count to all users, and removes the reaction with a click', async () => {
    const { ada, bob } = await openRoom();
    await react(bob, '👍');
    await reaction(bob, '👍 1 reaction, including yours').waitFor();
    await reaction(ada, '👍 1 reaction').click();
    for (const visitor of [ada, bob]) await reaction(visitor, '👍 2 reactions, including yours').waitFor();
    await react(ada, '🎉');
    await reaction(bob, '🎉 1 reaction').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await ada.page.emulateMedia({ colorScheme });
      await takeScreenshot(ada.page, `reactions-${colorScheme}`);
    }
    await ada.expectAccessible();
    await reaction(bob, '👍 2 reactions, including yours').click();
    await reaction(ada, '👍 1 reaction, including yours').waitFor();
  });

  it('shows reactions after a reload, and removes them with the message', async () => {
    const { ada, bob } = await openRoom();
    await react(bob, '👍');
    await reaction(ada, '👍 1 reaction').waitFor();
    await bob.page.reload();
    await reaction(bob, '👍 1 reaction, including yours').waitFor();
    await ada.log.getByRole('button', { name: 'Actions for your message' }).press('Enter');
    await ada.page.getByRole('button', { name: 'Delete message…' }).click();
    await ada.page.getByRole('button', { name: 'Delete for everyone' }).click();
    await bob.log.getByText('Message deleted').waitFor();
    await reaction(bob, '👍 1 reaction, including yours').waitFor({ state: 'detached' });
  });

  it('shows buttons that are large enough to touch on a phone', async () => {
    const { bob } = await openRoom(PHONE);
    await bob.log
      .locator('.message')
      .last()
      .getByRole('button', { name: /^Actions for/ })
      .click();
    await takeScreenshot(bob.page, 'reactions-phone');
    await bob.expectAccessible();
    await bob.page.getByRole('button', { name: 'React with ❤️' }).click();
    await reaction(bob, '❤️ 1 reaction, including yours').waitFor();
    await bob.expectAccessible();
  });
});
