import { eventually } from '../../../../testbed/client';
import { OFFERED_EMOJIS } from '../../src/chat/reactions';
import { setUpStackAndBrowser } from './support/setup';
import { Visitor } from './support/visitor';

const setup = setUpStackAndBrowser({ MessageRate: 1000, MessageBurst: 1000 });

/**
 * Returns the accessibility tree of an element, which a screen reader reads. Replaces times and numbers, which differ in each
 * run.
 */
async function read(visitor: Visitor, selector: string): Promise<string> {
  const tree = await visitor.page.locator(selector).ariaSnapshot();
  return tree
    .replace(/\b\d\d:\d\d\b/g, 'TIME')
    .replace(/\b\d{3} ?\d{3} ?\d{3}\b/g, 'NUMBER')
    .replace(/\n *- \/(?:url|placeholder): .*/g, '');
}

/** Waits until the tree of an element is the expected one. */
async function expectTree(visitor: Visitor, selector: string, ...lines: string[]): Promise<void> {
  let tree = '';
  await eventually(async () => {
    tree = await read(visitor, selector);
    return tree === lines.join('\n');
  }, 10_000).catch(() => undefined);
  expect(tree.split('\n')).toEqual(lines);
}

/** Presses keys one after the other. */
async function press({ page }: Visitor, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Presses Tab until an element with an accessible name has the focus. */
async function tabTo(visitor: Visitor, role: 'button' | 'checkbox' | 'textbox', name: string): Promise<void> {
  const element = visitor.page.getByRole(role, { name, exact: true });
  for (let count = 0; count < 20; count += 1) {
    if (await element.evaluate((one) => one === one.ownerDocument.activeElement)) return;
    await press(visitor, 'Tab');
  }
  throw new Error(`Tab does not reach ${role} "${name}".`);
}

/** The new texts that a screen reader announces automatically. */
const announced = ({ page }: Visitor) => page.locator('.announcer p').allTextContents();

describe('a conversation by keyboard alone, with a screen reader', () => {
  it('creates a room, invites, writes, replies, edits, deletes, searches and leaves', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await expectTree(
      ada,
      'main',
      '- main:',
      '  - heading "Roomcast" [level=1]',
      '  - paragraph: Create a room, share its number, and start chatting.',
      '  - status',
      '  - text: Your name',
      '  - textbox "Your name"',
      '  - heading "Create a room" [level=2]',
      '  - text: Room name (optional)',
      '  - textbox "Room name (optional)":',
      '  - text: Who can join',
      '  - combobox "Who can join":',
      '    - option "Anyone with the number" [selected]',
      '    - option "Invited people only"',
      '  - button "Create room"',
      '  - heading "Join a room" [level=2]',
      '  - text: Room number or link',
      '  - textbox "Room number or link":',
      '  - button "Join room"',
      '  - link "Visit the lobby":',
      '  - link "Broadcast to everyone":',
    );
    await ada.page.keyboard.type('Ada');
    await press(ada, 'Tab');
    await ada.page.keyboard.type('Tea');
    await press(ada, 'Enter');
    await ada.waitForRoom();
    await expectTree(
      ada,
      'header.bar',
      '- banner:',
      '  - button "Rooms" [expanded]',
      '  - heading "Tea" [level=1]',
      '  - paragraph: NUMBER',
      `  - 'button "Members: 1" [expanded]': "1"`,
      '  - button "Search"',
      '  - button "Share"',
      '  - button "Room settings"',
      '  - button "Leave"',
    );

    const bob = await Visitor.open(setup.browser, setup.stack, {}, new URL(ada.page.url()).hash);
    await bob.page.keyboard.type('Bob');
    await press(bob, 'Enter');
    await bob.waitForRoom();
    await eventually(async () => (await announced(ada)).join() === 'Bob joined');
    await bob.page.keyboard.type('Milk?');
    await press(bob, 'Enter');
    await eventually(async () => (await announced(ada)).join() === 'Bob joined,Bob: Milk?');

    // Ada replies: to the log, its last message, its actions, "Reply".
    await press(ada, 'Shift+Tab', 'Enter');
    await expectTree(
      ada,
      'dialog',
      '- dialog "Message from Bob":',
      '  - heading "Message from Bob" [level=2]',
      '  - button "Close"',
      '  - paragraph: Milk?',
      '  - group "React":',
      '    - text: React',
      ...OFFERED_EMOJIS.map((emoji) => `    - button "React with ${emoji}": ${emoji}`),
      '  - button "Reply"',
      '  - button "Copy text"',
      '  - button "Delete message…"',
      '  - status',
    );
    await tabTo(ada, 'button', 'Reply');
    await press(ada, 'Enter');
    await ada.page.getByText('Reply to').waitFor({ state: 'attached' });
    await ada.page.keyboard.type('Yes');
    await press(ada, 'Enter');
    await bob.othersMessages.first().waitFor();
    await expectTree(
      bob,
      '[role=log]',
      '- log "Messages":',
      '  - list:',
      '    - listitem:',
      '      - time: Today',
      '    - listitem "You Milk? TIME Sent Actions for your message":',
      '      - text: You',
      '      - paragraph: Milk?',
      '      - time: TIME',
      '      - text: Sent',
      '      - button "Actions for your message"',
      '      - text: Seen by Ada',
      `    - 'listitem "Ada TIME Reply to You : Milk? Yes Actions for the message from Ada"':`,
      '      - text: Ada',
      '      - time: TIME',
      `      - 'button "Reply to You : Milk?"'`,
      '      - paragraph: "Yes"',
      '      - button "Actions for the message from Ada"',
    );
    expect((await announced(bob)).at(-1)).toBe('Ada: Yes');

    // The up arrow in the empty field edits the user's last message.
    await press(ada, 'ArrowUp');
    await ada.page.getByRole('dialog', { name: 'Your message' }).waitFor();
    await press(ada, 'End');
    await ada.page.keyboard.type(', please');
    await press(ada, 'Enter');
    await bob.log.getByText('Yes, please').waitFor();
    await ada.page.getByRole('dialog').waitFor({ state: 'detached' });

    // Bob deletes his message: from the field to the last row, up to his message, its actions.
    await press(bob, 'Shift+Tab', 'ArrowUp', 'Enter');
    await bob.page.getByRole('dialog', { name: 'Your message' }).waitFor();
    await tabTo(bob, 'button', 'Delete message…');
    await press(bob, 'Enter');
    await tabTo(bob, 'button', 'Delete for everyone');
    await press(bob, 'Enter');
    await expectTree(
      ada,
      '[role=log]',
      '- log "Messages":',
      '  - list:',
      '    - listitem:',
      '      - time: Today',
      '    - listitem: Bob joined',
      '    - listitem "Bob TIME Message deleted":',
      '      - text: Bob',
      '      - time: TIME',
      '      - paragraph: Message deleted',
      `    - 'listitem "You Reply to Bob : Message deleted Yes, please edited TIME Sent Actions for your message"':`,
      '      - text: You',
      `      - 'button "Reply to Bob : Message deleted"'`,
      '      - paragraph: Yes, please',
      '      - text: edited',
      '      - time: TIME',
      '      - text: Sent',
      '      - button "Actions for your message"',
      '      - text: Seen by Bob',
    );

    // Bob searches, and leaves.
    await tabTo(bob, 'textbox', 'Message');
    await press(bob, ...Array(20).fill('Shift+Tab'));
    await tabTo(bob, 'button', 'Search');
    await press(bob, 'Enter');
    await bob.page.keyboard.type('please');
    await expectTree(
      bob,
      'search',
      '- search:',
      '  - searchbox "Search the messages": please',
      '  - status: 1 of 1',
      '  - button "Older match"',
      '  - button "Newer match"',
      '  - button "Close search"',
      '  - paragraph: Searched all messages.',
    );
    await press(bob, 'Escape');
    await tabTo(bob, 'button', 'Leave');
    await press(bob, 'Enter');
    await bob.page.getByText('You left the room').waitFor();
    await expectTree(
      bob,
      'main > .notice[role=status]',
      '- status:',
      '  - text: You left the room.',
      '  - button "Rejoin"',
    );
    await Promise.all([ada.close(), bob.close()]);
  });
});
