import { eventually } from '../../../../testbed/client';
import { takeScreenshot } from './support/screenshot';
import { setUpStackAndBrowser } from './support/setup';
import { PHONE, Visitor } from './support/visitor';

const setup = setUpStackAndBrowser();

describe('moderation', () => {
  it('lets the author edit a message, and a moderator delete it', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada', 'Kitchen');
    const bob = await Visitor.open(setup.browser, setup.stack, PHONE, `#${room}`);
    await bob.joinInvited('Bob');
    for (const text of ['one', 'two']) await bob.send(text);
    await ada.expectTexts(['one', 'two']);
    // Ada may delete a message of Bob, but not edit it. Both can copy it.
    await ada.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const actions = ada.page.getByRole('button', { name: 'Actions for the message from Bob' });
    await actions.first().focus();
    await ada.page.keyboard.press('Enter');
    await ada.page.getByRole('button', { name: 'Copy text' }).press('Enter');
    await ada.page.getByText('Text copied').waitFor();
    expect(await ada.page.evaluate('navigator.clipboard.readText()')).toBe('one');
    expect(await ada.page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    await ada.expectAccessible();
    await ada.page.keyboard.press('Escape');
    await ada.send('three');

    // A long press also opens the actions. Bob can only copy Ada's message.
    const bubble = bob.othersMessages.first().locator('.bubble');
    await bubble.dispatchEvent('pointerdown', { pointerType: 'touch', bubbles: true });
    await bob.page.getByRole('dialog', { name: 'Message from Ada' }).waitFor();
    expect(await bob.page.getByRole('button', { name: 'Copy text' }).count()).toBe(1);
    expect(await bob.page.getByRole('button', { name: 'Delete message' }).count()).toBe(0);
    await bob.page.keyboard.press('Escape');

    await bob.page.getByRole('button', { name: 'Actions for your message' }).first().click();
    await bob.expectAccessible();
    await bob.page.getByLabel('Text').fill('uno');
    await bob.page.getByRole('button', { name: 'Save' }).click();
    await bob.page.getByRole('dialog').waitFor({ state: 'detached' });
    await ada.log.getByText('uno').waitFor();
    await ada.log.getByText('edited').waitFor();

    const focused = () =>
      ada.page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.textContent');
    // The up arrow edits the user's last message, and Escape returns to the composer.
    await ada.composer.press('ArrowUp');
    await ada.page.getByRole('dialog', { name: 'Your message' }).waitFor();
    expect(await ada.page.getByLabel('Text').inputValue()).toBe('three');
    await ada.page.keyboard.press('Escape');
    await ada.page.locator('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toBe('Message');
    await ada.page.keyboard.press('ArrowUp');
    await ada.page.getByRole('dialog', { name: 'Your message' }).waitFor();
    await ada.page.keyboard.type(' and four');
    await ada.page.keyboard.press('Enter');
    await bob.log.getByText('three and four').waitFor();
    await eventually(async () => (await focused()) === 'Message');

    // Deleting a message requires confirmation. The focus returns to the button, or to the composer if the message is deleted.
    const deleteButton = ada.page.getByRole('button', { name: 'Delete message' });
    await actions.nth(1).click();
    await deleteButton.press('Enter');
    await eventually(async () => (await focused()) === 'Keep message');
    await ada.expectAccessible();
    await ada.page.keyboard.press('Enter');
    await eventually(async () => (await focused()) === 'Delete message…');
    await ada.expectTexts(['uno', 'two', 'three and four']);
    await deleteButton.press('Enter');
    await ada.page.getByRole('button', { name: 'Delete for everyone' }).press('Enter');
    await eventually(async () => (await focused()) === 'Message');
    for (const { log } of [ada, bob]) await log.getByText('Message deleted').waitFor();
    await Promise.all([
      ada.expectTexts(['uno', 'Message deleted', 'three and four']),
      bob.expectTexts(['uno', 'Message deleted', 'three and four']),
    ]);
    await bob.expectAccessible();
    await Promise.all([ada.close(), bob.close()]);
  });

  it('lets the owner grant roles, change the settings, and remove and ban members', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada', 'Kitchen');
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await bob.joinInvited('Bob');
    const settings = bob.page.getByRole('button', { name: 'Room settings' });
    expect(await settings.count()).toBe(0);
    expect(await bob.page.getByRole('button', { name: /^Manage/ }).count()).toBe(0);

    const manage = ada.page.getByRole('button', { name: 'Manage Bob' });
    await manage.click();
    await ada.expectAccessible();
    await ada.page.getByLabel('Role').selectOption('moderator');
    await ada.page.getByRole('button', { name: 'Set role' }).click();
    await settings.click();
    await bob.page.getByLabel('Topic').fill('Tea');
    await bob.page.getByLabel('When new members can write').selectOption('After 1 minute');
    await bob.expectAccessible();
    await bob.page.getByRole('button', { name: 'Save' }).click();
    await ada.page.locator('.bar').getByText('Tea').waitFor();
    await ada.page.getByText('moderator', { exact: true }).waitFor();
    await ada.page.getByRole('button', { name: 'Room settings' }).click();
    const writeAfter = ada.page.getByLabel('When new members can write');
    expect(await writeAfter.inputValue()).toBe('60');
    await writeAfter.selectOption('At once');
    await ada.page.getByLabel('Who can write').selectOption('Everyone');
    await ada.page.getByRole('button', { name: 'Save' }).click();
    await ada.page.getByRole('dialog').waitFor({ state: 'detached' });

    await manage.click();
    await ada.page.getByRole('button', { name: 'Remove from the room' }).click();
    await bob.page.getByText('A moderator removed you from the room.').waitFor();
    await bob.joinInvited('Bob');
    await manage.click();
    await ada.page.getByLabel('Ban for').selectOption('Permanently');

    // A ban requires confirmation.
    const banButton = ada.page.getByRole('button', { name: 'Ban…' });
    await banButton.press('Enter');
    await ada.page.getByText('Ban Bob from this room permanently?').waitFor();
    await ada.expectAccessible();
    await ada.page.keyboard.press('Enter');
    await eventually(async () => (await ada.page.evaluate('document.activeElement.textContent')) === 'Ban…');
    await banButton.press('Enter');
    await ada.page.getByRole('button', { name: 'Ban', exact: true }).click();

    // The page of a banned user does not look like an invitation.
    await bob.page.getByText('A moderator banned you from the room.').waitFor();
    await bob.page.getByRole('heading', { name: 'You cannot join this room' }).waitFor();
    expect(await bob.page.getByLabel('Your name').count()).toBe(0);
    await bob.expectAccessible();
    await takeScreenshot(bob.page, 'banned');
    await ada.log.getByText('Bob was banned').waitFor();
    const endBan = ada.page.getByRole('button', { name: 'End ban of Bob' });
    await endBan.waitFor();
    await ada.expectAccessible();
    for (const repeat of [
      () => bob.page.getByRole('button', { name: 'Try again' }).click(),
      () => bob.page.reload(),
    ]) {
      await repeat();
      await bob.page.getByText('You are banned from this room.').waitFor();
      await bob.page.getByRole('heading', { name: 'You cannot join this room' }).waitFor();
    }
    await ada.page.reload();
    await endBan.press('Enter');
    await ada.page.getByText('Bob can join again.').waitFor();
    await ada.page.getByText('Bob can join again.').waitFor({ state: 'hidden' });
    expect(await endBan.count()).toBe(0);
    await bob.page.getByRole('button', { name: 'Try again' }).click();
    await bob.waitForRoom();
    // The page shows the end of a ban in local time.
    await manage.click();
    await banButton.press('Enter');
    await ada.page.getByRole('button', { name: 'Ban', exact: true }).click();
    await bob.page.getByRole('button', { name: 'Try again' }).click();
    await bob.page.getByText(/You are banned from this room until \w+day,? \d+ \w+ \d{4}/).waitFor();
    await Promise.all([ada.close(), bob.close()]);
  });

  it('lets the owner of an invite room create invites, and removes invite codes from the address bar', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.page.getByLabel('Who can join').selectOption('Invited people only');
    await ada.expectAccessible();
    const room = await ada.createRoom('Ada', 'Kitchen');
    await ada.page.getByRole('button', { name: 'Share' }).click();
    const dialog = ada.page.getByRole('dialog');
    await dialog.getByRole('combobox').selectOption('One person');
    await dialog.getByRole('button', { name: 'Create invite' }).click();
    await dialog.getByText('One person can join').waitFor();
    await ada.expectAccessible();
    const link = new URL((await dialog.locator('.link').textContent()) ?? '');
    expect(link.hash).toMatch(new RegExp(`^#${room}/[\\w-]{22}\\?name=Kitchen&inviter=Ada$`));
    await dialog.getByRole('button', { name: 'Close' }).click();

    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await bob.page.getByRole('heading', { name: 'Join this room' }).waitFor();
    await bob.page.getByLabel('Your name').fill('Bob');
    await bob.page.getByRole('button', { name: 'Join room' }).click();
    await bob.page.getByText('This room requires an invite.').waitFor();
    await bob.page.getByRole('heading', { name: 'You cannot join this room' }).waitFor();
    await bob.page.evaluate(`location.hash = '${link.hash}'`);
    await bob.page.getByRole('heading', { name: 'You are invited to a room' }).waitFor();
    await bob.page.getByText('Kitchen', { exact: true }).waitFor();
    await bob.page.getByText('Invited by Ada').waitFor();
    await bob.expectAccessible();
    await bob.joinInvited('Bob');
    await bob.page.waitForURL(`**/#${room}`);
    expect(await bob.page.evaluate('JSON.stringify(localStorage)')).not.toContain(link.hash.slice(11, 33));
    await bob.page.getByRole('button', { name: 'Share' }).click();
    await bob.page.getByRole('dialog').getByText('Only invited people can join.').waitFor();
    expect(await bob.page.getByRole('button', { name: 'Create invite' }).count()).toBe(0);
    await bob.page.reload();
    await bob.waitForRoom(); // Bob has joined before, so he no longer needs the invite.

    // Nobody can join with a revoked invite. Bob's invite is used up, so it is not listed.
    await ada.page.getByRole('button', { name: 'Share' }).click();
    await dialog.getByRole('button', { name: 'Create invite' }).click();
    const revoke = dialog.getByRole('button', { name: /^Revoke: One person, until/ });
    await revoke.waitFor();
    expect(await revoke.count()).toBe(1);
    await ada.expectAccessible();
    const revoked = new URL((await dialog.locator('.link').textContent()) ?? '');
    await revoke.click();
    await revoke.waitFor({ state: 'detached' });
    const carol = await Visitor.open(setup.browser, setup.stack, {}, revoked.hash);
    await carol.page.getByLabel('Your name').fill('Carol');
    await carol.page.getByRole('button', { name: 'Join room' }).click();
    await carol.page.getByText('was used or was revoked').waitFor();
    await Promise.all([ada.close(), bob.close(), carol.close()]);
  });

  it('opens a private room with another member, and nobody else can join it', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada', 'Kitchen');
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await bob.joinInvited('Bob');
    const rooms = ada.page.getByRole('navigation', { name: 'Rooms' });
    const button = ada.page.getByRole('button', { name: 'Message Bob privately' });
    await button.waitFor();
    await ada.expectAccessible();
    await bob.page.getByRole('button', { name: 'Message Ada privately' }).press('Enter');
    await bob.page.getByRole('heading', { name: 'Bob & Ada' }).waitFor();
    await bob.page
      .getByText('Roomcast notifies the other person of your messages while they are online.')
      .waitFor();
    await bob.page.getByLabel('Notify me of messages').waitFor();
    await bob.page.getByLabel(/^Block/).click();
    await bob.page.getByText('The other person is not told.').waitFor();
    await bob.page.reload();
    await bob.waitForRoom();
    await eventually(async () => bob.page.getByLabel(/^Block/).isChecked());
    await bob.page.getByLabel(/^Block/).click();
    await bob.page.getByText('The other person is not told.').waitFor({ state: 'hidden' });
    await bob.expectAccessible();
    await bob.send('psst');
    await bob.page.waitForURL((url) => url.hash !== `#${room}`);
    const direct = new URL(bob.page.url()).hash;
    const eve = await Visitor.open(setup.browser, setup.stack, {}, direct);
    await eve.page.getByLabel('Your name').fill('Eve');
    await eve.page.getByRole('button', { name: 'Join room' }).click();
    await eve.page.getByText('Room not found.').waitFor();

    // Ada sees a notice of the message, even after a reload. Her page joins the room only when she opens it.
    const unopened = rooms.getByRole('link', { name: /^Bob & Ada.*Bob wrote to you.*1 unread$/ });
    const notice = ada.page.getByRole('status').getByText('Bob wrote to you in a private room.');
    await unopened.waitFor();
    await notice.waitFor();
    expect(await ada.page.title()).toBe('(1) Kitchen · Roomcast');
    await ada.expectAccessible();
    expect(await bob.page.getByRole('complementary').getByText('Ada').count()).toBe(0);
    await ada.page.goto('about:blank');
    await ada.goTo();
    const recentRooms = ada.page.getByRole('region', { name: 'Recent rooms' });
    await recentRooms.getByRole('link', { name: /^Bob & Ada/ }).waitFor();
    await recentRooms.getByText('1 unread').waitFor();
    await ada.expectAccessible();
    await recentRooms.getByRole('link', { name: /^Kitchen/ }).click();
    await unopened.press('Enter');
    await ada.log.getByText('psst').waitFor();
    await rooms.getByRole('link', { name: /^Bob & Ada.*Bob: psst$/ }).waitFor();
    expect(await notice.count()).toBe(0);
    expect(await ada.page.getByRole('button', { name: 'Message Bob privately' }).count()).toBe(0);
    await Promise.all([ada.close(), bob.close(), eve.close()]);
  });

  it('lets members change their name in all rooms at once, and notifies them of a removal from another room', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const arts = await ada.createRoom('Ada', 'Arts');
    await ada.page.getByRole('button', { name: 'Open another room' }).click();
    await ada.page.getByRole('heading', { name: 'Recent rooms' }).waitFor();
    const engines = await ada.createRoom('Ada', 'Engines');
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${engines}`);
    await bob.joinInvited('Bob');
    await ada.log.getByText('Bob joined').waitFor();
    await bob.page.evaluate(`location.hash = '${arts}'`);
    await bob.page.getByRole('button', { name: 'Join room' }).click();
    await bob.page.getByRole('heading', { name: 'Arts' }).waitFor();

    await bob.send('I am still @Bob');
    const mention = bob.log.locator('mark', { hasText: '@Bob' });
    await mention.waitFor();

    await bob.page.getByRole('button', { name: 'Change your name' }).click();
    await bob.expectAccessible();
    await bob.page.getByRole('dialog').getByLabel('Your name').fill('Robert');
    await bob.page.getByRole('button', { name: 'Save' }).click();
    await bob.page.getByRole('dialog').waitFor({ state: 'detached' });
    await bob.page.getByRole('complementary').getByText('Robert').waitFor();
    await ada.page.getByRole('complementary').getByText('Robert').waitFor();
    await ada.log.getByText('Bob is now Robert').waitFor();
    expect(await ada.log.locator('.presence').allTextContents()).not.toContain('Bob left');
    expect(await mention.count()).toBe(1);

    await ada.page.getByRole('button', { name: 'Manage Robert' }).click();
    await ada.page.getByRole('button', { name: 'Remove from the room' }).click();
    const notice = bob.page.getByText('Engines: A moderator removed you from the room.');
    await notice.waitFor();
    await bob.expectAccessible();
    expect(await bob.page.getByRole('heading', { name: 'Arts' }).count()).toBe(1);
    await bob.page.getByRole('button', { name: 'Hide this notice' }).press('Enter');
    await notice.waitFor({ state: 'detached' });
    await Promise.all([ada.close(), bob.close()]);
  });

  it('notifies a hidden page of mentions if the user allows it, and highlights them', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada');
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    // Headless Chromium denies notifications.
    await bob.page.evaluate(
      `window.shown = [];
       window.Notification = class {
         static permission = 'default';
         static async requestPermission() {
           return (this.permission = 'granted');
         }
         constructor(title, { body } = {}) {
           if (Notification.permission === 'granted') window.shown.push(title + ': ' + body);
         }
       }`,
    );
    const shown = () => bob.page.evaluate('window.shown');
    await bob.joinInvited('Bob');
    await bob.page.getByLabel('Notify me of mentions').check();
    await bob.expectAccessible();
    await bob.setVisible(false);
    await ada.send('Anyone? **You, @bob?**');
    await bob.log.locator('mark', { hasText: '@bob' }).waitFor();
    expect(await shown()).toEqual([expect.stringMatching(/^Ada · .*Anyone\\?/)]);
    await bob.expectAccessible();
    await bob.page.getByLabel('Notify me of mentions').uncheck();
    await ada.send('@Bob, still there?');
    await bob.log.getByText('still there').waitFor();
    expect(await shown()).toHaveLength(1);
    await Promise.all([ada.close(), bob.close()]);
  });

  it('shows that the browser does not support notifications if only service workers can show them', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.page.evaluate(
      `window.Notification = class {
         static permission = 'default';
         constructor() {
           throw new TypeError('Illegal constructor');
         }
       }`,
    );
    await ada.createRoom('Ada');
    await ada.page.getByText('This browser does not support the notifications of this page.').waitFor();
    expect(await ada.page.getByLabel('Notify me').count()).toBe(0);
    await ada.expectAccessible();
    await ada.close();
  });

  it('distinguishes users with similar names', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada');
    const eve = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await eve.joinInvited('Аdа'); // Cyrillic
    await eve.send('hi');
    const tags = ada.page.locator('.members .tag');
    await tags.nth(1).waitFor();
    const texts = (await tags.allTextContents()).map((text) => text.trim());
    expect(texts).toEqual([expect.stringMatching(/^#[\w-]{4}$/), expect.stringMatching(/^#[\w-]{4}$/)]);
    expect(new Set(texts).size).toBe(2);
    expect((await ada.othersMessages.first().locator('.tag').textContent())?.trim()).toBe(texts[1]);
    expect((await ada.log.locator('.presence .tag').textContent())?.trim()).toBe(texts[1]);
    await ada.page.getByRole('button', { name: `Manage Аdа ${texts[1]}` }).waitFor();
    await ada.expectAccessible();
    await Promise.all([ada.close(), eve.close()]);
  });
});
