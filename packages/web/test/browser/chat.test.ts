import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../../testbed/client';
import { Delays } from './support/delays';
import { takeScreenshot } from './support/screenshot';
import { setUpStackAndBrowser } from './support/setup';
import { PHONE, Visitor } from './support/visitor';

const setup = setUpStackAndBrowser();

/**
 * Longer than the maximum difference between the clocks of two functions: in strict mode, each clock is off by up to 0.3 s.
 */
const CLOCK_DIFFERENCE_MS = 700;

const broadcast = async (message: string): Promise<number> => {
  const response = await fetch(`${setup.stack.httpUrl}/broadcastmessage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${setup.stack.broadcastKey}` },
    body: JSON.stringify({ message }),
  });
  return response.status;
};

const connectionIds = async () => (await setup.stack.connections()).map(({ connectionId }) => connectionId);

describe('the chat page', () => {
  it('supports a conversation through an offline period, a broadcast, and a rejoin', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.expectAccessible();
    const room = await ada.createRoom('Ada', 'Analytical engines');
    expect(room).toMatch(/^\d{9}$/);
    expect(await ada.page.title()).toBe('Analytical engines · Roomcast');
    await ada.page.getByRole('heading', { name: 'No messages yet' }).waitFor();
    await ada.expectAccessible();

    // Ada copies the link.
    await ada.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await ada.page.getByRole('button', { name: 'Share' }).click();
    await ada.expectAccessible();
    const dialog = ada.page.getByRole('dialog', { name: 'Invite people' });
    await dialog.getByRole('button', { name: 'Copy link' }).click();
    await dialog.getByText('Link copied').waitFor();
    const link = (await ada.page.evaluate('navigator.clipboard.readText()')) as string;
    expect(link).toBe(`${setup.stack.httpUrl}/#${room}`);
    await ada.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });

    // Bob opens the link and is offline at first.
    const before = await connectionIds();
    const bob = await Visitor.open(setup.browser, setup.stack, PHONE, `#${room}`);
    await bob.page.getByRole('heading', { name: 'Join this room' }).waitFor();
    await bob.expectAccessible();
    await bob.context.setOffline(true);
    await bob.page.getByLabel('Your name').fill('Bob');
    await bob.page.getByRole('button', { name: 'Join room' }).click();
    await bob.page.getByText('No connection').waitFor();
    await bob.expectAccessible();
    await bob.context.setOffline(false);
    await bob.waitForRoom();
    await ada.log.getByText('Bob joined').waitFor();
    const members = ada.page.getByRole('complementary', { name: 'In this room' });
    expect(await members.getByRole('listitem').allTextContents()).toEqual(['AAdaowneryou', 'BBob']);

    const texts: string[] = [];
    const talk = async (sender: Visitor, text: string) => {
      texts.push(text);
      await sender.send(text);
      await Promise.all([ada.expectTexts(texts), bob.expectTexts(texts)]);
    };
    await talk(bob, 'Good evening! Is this where the reading group meets?');
    await talk(ada, 'It is. Come in.');
    await talk(ada, 'We are at note G: https://en.wikipedia.org/wiki/Note_G');
    await talk(bob, 'The one with the Bernoulli numbers');
    await talk(bob, 'I did the table by hand and lost a sign in operation 21');
    await talk(ada, 'So did the printer.');
    await talk(bob, 'مساء الخير\nGood company, then.');
    await bob.ownMessages.last().getByText('Sent', { exact: true }).waitFor();
    await ada.expectFullTimes();
    await ada.expectAccessible();
    await bob.expectAccessible();
    await bob.page.getByRole('button', { name: 'Members: 2' }).click();
    expect(await bob.animations('.members')).toEqual({ 'no-preference': 'slide', reduce: 'none' });
    await bob.expectAccessible();
    await bob.page.getByRole('button', { name: 'Close member list' }).click();

    // Bob loses the connection. Both continue to send messages.
    const [connectionId = ''] = (await connectionIds()).filter((id) => !before.includes(id));
    await bob.context.setOffline(true);
    await setup.stack.drop(connectionId);
    await bob.page.getByRole('status').getByText('Offline').waitFor();
    await ada.send('Are you there?');
    await bob.send('I think I lost you');
    await bob.ownMessages.last().getByText('Sending').waitFor();
    await bob.expectAccessible();
    await ada.send('Then later.');
    await bob.context.setOffline(false);
    texts.push('Are you there?', 'Then later.', 'I think I lost you');
    await Promise.all([ada.expectTexts(texts), bob.expectTexts(texts)]);
    await bob.page.getByRole('status').getByText('Offline').waitFor({ state: 'hidden' });

    // The broadcast reaches both.
    expect(await broadcast('The library closes in ten minutes.')).toBe(202);
    for (const visitor of [ada, bob]) {
      await visitor.log.locator('.broadcast', { hasText: 'The library closes in ten minutes.' }).waitFor();
    }
    await ada.expectFullTimes();
    await ada.expectAccessible();

    // Bob leaves and rejoins with the same identity.
    await bob.page.getByRole('button', { name: 'More' }).click();
    await bob.page.getByRole('button', { name: 'Leave' }).click();
    await bob.page.getByText('You left the room').waitFor();
    await bob.expectAccessible();
    // A broadcast detects Bob's stale connection after its grace period.
    await eventually(async () => {
      await broadcast('Good night.');
      await sleep(500);
      return (await ada.log.getByText('Bob left').count()) > 0;
    }, 30_000);
    await ada.page.getByRole('button', { name: 'Members: 1' }).waitFor();
    await bob.page.getByRole('button', { name: 'Rejoin' }).click();
    await bob.expectTexts(texts);
    expect(await bob.ownMessages.count()).toBe(5);
    await Promise.all([ada.close(), bob.close()]);
  });

  it('joins by number, reports a missing room, and reopens a recent room', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada');
    const bob = await Visitor.open(setup.browser, setup.stack);
    const number = bob.page.getByLabel('Room number or link');
    const join = bob.page.getByRole('button', { name: 'Join room' });
    await bob.page.getByLabel('Your name').fill('Bob');
    await number.fill('12');
    await join.click();
    await bob.page.getByText('Enter a nine-digit room number').waitFor();
    await bob.expectAccessible();
    await number.fill(room === '100 000 000' ? '100 000 001' : '100 000 000');
    await join.click();
    await bob.page.getByText('Room not found.').waitFor();
    await bob.expectAccessible();
    await number.fill(room.replace(/(\d{3})(?=\d)/g, '$1 '));
    await join.click();
    await bob.waitForRoom();
    await bob.composer.fill('a draft');
    await bob.page.reload();
    await bob.waitForRoom();
    expect(await bob.composer.inputValue()).toBe('a draft');
    expect(await bob.page.getByRole('complementary').getByText('Bob').count()).toBe(1);
    await Promise.all([ada.close(), bob.close()]);
  });

  it('lists the recent rooms above the form for returning users, and below it for users in a room', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack, PHONE);
    await ada.createRoom('Ada', 'Engines');
    const recentRooms = ada.page.getByRole('region', { name: 'Recent rooms' });
    const sections = () =>
      ada.page
        .locator('.start > section, .start > .card')
        .evaluateAll((all) => all.map(({ className }) => className));
    await ada.page.getByRole('button', { name: 'Rooms', exact: true }).click();
    await ada.page.getByRole('button', { name: 'Open another room' }).click();
    await recentRooms.waitFor();
    expect(await sections()).toEqual(['card', 'recent-rooms']);
    await ada.page.goto('about:blank');
    await ada.goTo();
    await recentRooms.waitFor();
    expect(await sections()).toEqual(['recent-rooms', 'card']);

    // A long list initially shows eight rooms, so that the form stays close.
    const rooms = Array.from({ length: 10 }, (_, index) => ({ room: `48392011${index}`, hasLeft: true }));
    await ada.page.evaluate(`localStorage.setItem('roomcast.rooms', '${JSON.stringify(rooms)}')`);
    await ada.page.reload();
    await recentRooms.getByRole('button', { name: 'Show all 10 rooms' }).waitFor();
    expect(await recentRooms.getByRole('link').count()).toBe(8);
    await recentRooms.getByRole('button', { name: 'Show all 10 rooms' }).press('Enter');
    await recentRooms.getByRole('button', { name: 'Show fewer rooms', expanded: true }).waitFor();
    expect(await recentRooms.getByRole('link').count()).toBe(10);
    await ada.expectAccessible();
    await ada.close();
  });

  it('keeps several rooms open, and switches between them without a reload', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const engines = await ada.createRoom('Ada', 'Engines');
    await ada.send('first room');
    await ada.ownMessages.last().getByText('Sent', { exact: true }).waitFor();
    await ada.composer.fill('half a thought');
    const rooms = ada.page.getByRole('navigation', { name: 'Rooms' });
    await rooms.getByRole('button', { name: 'Open another room' }).press('Enter');
    await ada.page.getByRole('heading', { name: 'Recent rooms' }).waitFor();
    const arts = await ada.createRoom('Ada', 'Arts');
    await rooms.getByRole('link', { name: /^Engines.*Draft: half a thought$/ }).waitFor();
    expect(await rooms.getByText('You: first room').count()).toBe(0);
    const bob = await Visitor.open(setup.browser, setup.stack, PHONE, `#${engines}`);
    await bob.joinInvited('Bob');
    await bob.send('Is @Ada here?');
    await ada.page.evaluate('window.isSamePage = true');
    const unread = rooms.getByRole('link', {
      name: /^Engines.*Draft: half a thought.*1 unread, you are mentioned$/,
    });
    await unread.waitFor();
    await eventually(async () => (await ada.page.title()) === '(1) Arts · Roomcast');
    await ada.expectAccessible();

    // Selecting a room with the keyboard shows its draft, messages and unread marker.
    await unread.press('Enter');
    await ada.expectTexts(['first room', 'Is @Ada here?']);
    expect(await ada.log.locator('.unread-marker + .message .text').allTextContents()).toEqual([
      'Is @Ada here?',
    ]);
    expect(await ada.composer.inputValue()).toBe('half a thought');
    expect(await ada.composer.evaluate((field) => field === field.ownerDocument.activeElement)).toBe(true);
    await rooms.locator('[aria-current=page]', { hasText: 'Engines' }).waitFor();
    await eventually(async () => (await ada.page.title()) === 'Engines · Roomcast');
    await ada.composer.fill('');
    await ada.page.goBack();
    await ada.page.getByRole('heading', { name: 'Arts' }).waitFor();
    await rooms.getByRole('link', { name: /^Engines.*Bob: Is @Ada here\?$/ }).waitFor();
    expect(await ada.page.evaluate('window.isSamePage')).toBe(true);

    // On a phone, the list is a drawer.
    await bob.page.evaluate(`location.hash = '${arts}'`);
    await bob.joinInvited('Bob');
    await ada.send('second room');
    await bob.expectTexts(['second room']);
    await bob.page.getByRole('button', { name: 'Rooms' }).click();
    const drawer = bob.page.getByRole('dialog', { name: 'Rooms' });
    await drawer.getByRole('link', { name: /^Engines/ }).waitFor();
    await bob.expectAccessible();
    await bob.page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await bob.page.getByRole('button', { name: 'Rooms' }).click();
    await drawer.getByRole('link', { name: /^Engines/ }).click();
    await bob.expectTexts(['first room', 'Is @Ada here?']);
    await drawer.waitFor({ state: 'detached' });
    await bob.expectNoOverflow();

    // After a reload, the other room is in the list again.
    await bob.page.reload();
    await bob.waitForRoom();
    await bob.page.getByRole('button', { name: 'Rooms' }).click();
    await drawer.getByRole('link', { name: /^Arts.*Ada: second room/ }).waitFor();
    await Promise.all([ada.close(), bob.close()]);
  });

  it('shows the connection status while joining and in the room', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    const banner = (text: string) => ada.page.getByRole('status').getByText(text, { exact: true });
    const delays = await Delays.install(ada.page);
    delays.hold('connecting', 'joining');
    const before = await connectionIds();
    await ada.page.reload();
    await banner('Connecting…').waitFor();
    expect(await ada.animations('.waves', '::before')).toEqual({ 'no-preference': 'wave', reduce: 'none' });
    await ada.expectAccessible();
    delays.release('connecting');
    await banner('Opening the room…').waitFor();
    await banner('The server is slow to reply. Still trying.').waitFor();
    await ada.expectAccessible();
    delays.release('joining');
    await ada.waitForRoom();

    delays.hold('connecting', 'joining');
    const [connectionId = ''] = (await connectionIds()).filter((id) => !before.includes(id));
    await setup.stack.drop(connectionId);
    await banner('Connecting…').waitFor();
    await ada.expectAccessible();
    delays.release('connecting');
    await banner('Catching up…').waitFor();
    await ada.expectAccessible();
    delays.release('joining');
    await banner('Catching up…').waitFor({ state: 'hidden' });
    await ada.close();
  });

  it('shows that the browser is offline before the connection fails', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    const banner = ada.page.getByRole('status').getByText('Offline.');
    await ada.page.evaluate("dispatchEvent(new Event('offline'))");
    await banner.waitFor();
    await ada.page.evaluate("dispatchEvent(new Event('online'))");
    await banner.waitFor({ state: 'hidden' });
    await ada.close();
  });

  it('shows an announcement once and in order after a reload', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    await ada.send('before');
    await ada.ownMessages.last().getByText('Sent', { exact: true }).waitFor();
    await sleep(CLOCK_DIFFERENCE_MS);
    expect(await broadcast('The library closes in ten minutes.')).toBe(202);
    await ada.log.locator('.broadcast').waitFor();
    await sleep(CLOCK_DIFFERENCE_MS);
    await ada.send('after');
    await ada.ownMessages.last().getByText('Sent', { exact: true }).waitFor();
    await ada.page.reload();
    await ada.expectTexts(['before', 'after']);
    const texts = await ada.log.locator('.text').allTextContents();
    expect(texts).toEqual(['before', 'The library closes in ten minutes.', 'after']);
    await ada.close();
  });

  it('keeps the log and the text of a room that the server lost, and creates the room again', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    let isLost = false;
    await ada.page.routeWebSocket(/./, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((text) => {
        const frame = JSON.parse(String(text));
        if (isLost && frame.action === 'joinRoom') frame.room = '999999999';
        server.send(JSON.stringify(frame));
      });
    });
    await ada.page.reload();
    const before = await connectionIds();
    const room = await ada.createRoom('Ada', 'Engines');
    await ada.send('said before');
    await ada.ownMessages.last().getByText('Sent', { exact: true }).waitFor();
    const [connectionId = ''] = (await connectionIds()).filter((id) => !before.includes(id));
    isLost = true;
    await setup.stack.drop(connectionId);
    await ada.send('said while offline');
    await ada.page.getByText('This room no longer exists.').waitFor();
    await ada.expectTexts(['said before', 'said while offline']);
    await ada.expectAccessible();
    await ada.page.reload(); // The draft is also kept for the next visit.
    await ada.page.getByText('Room not found.').waitFor();
    await ada.expectAccessible();
    await ada.page.getByRole('button', { name: 'Create it again' }).click();
    await ada.waitForRoom();
    expect(await ada.composer.inputValue()).toBe('said while offline');
    expect(await ada.page.title()).toBe('Engines · Roomcast');
    expect(new URL(ada.page.url()).hash).not.toBe(`#${room}`);
    await ada.close();
  });

  it('cancels joining with a button that has a background color', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    const delays = await Delays.install(ada.page);
    delays.hold('connecting');
    await ada.page.reload();
    const cancel = ada.page.getByRole('button', { name: 'Cancel' });
    await cancel.waitFor();
    const script = "getComputedStyle(document.querySelector('.joining button')).backgroundColor";
    expect(await ada.page.evaluate(script)).toMatch(/^rgb\(/); // A transparent color would have a fourth component.
    await cancel.click();
    await ada.page.getByLabel('Your name').waitFor();
    delays.release('connecting');
    await ada.close();
  });

  it('opens a joined room without showing the start page first', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    await ada.page.addInitScript(`
      window.shown = new Set();
      new MutationObserver(() => {
        for (const { className } of document.querySelectorAll('.card')) shown.add(className);
      }).observe(document, { childList: true, subtree: true });
    `);
    await ada.page.reload();
    await ada.waitForRoom();
    expect(await ada.page.evaluate('[...shown]')).toEqual(['card joining']);
    await ada.close();
  });

  it('requests the configuration once, without waiting for the script', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const requests: string[] = [];
    ada.page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    await ada.page.route('**/assets/*.js', async (route) => {
      await eventually(async () => requests.includes('/config.json'));
      await route.continue();
    });
    await ada.goTo();
    await ada.page.getByLabel('Your name').waitFor();
    expect(requests.filter((path) => path === '/config.json')).toHaveLength(1);
    await ada.close();
  });

  it('reports an unreachable server and reloads', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.page.route('**/config.json', (route) => route.abort());
    await ada.goTo();
    const alert = ada.page.getByRole('alert');
    await alert.getByText('Could not reach the server.').waitFor();
    await ada.expectAccessible();
    await ada.page.unroute('**/config.json');
    await alert.getByRole('button', { name: 'Reload' }).click();
    await ada.page.getByLabel('Your name').waitFor();
    await ada.close();
  });

  it('sends on Enter, adds a line on Shift+Enter, and ignores Enter during composition', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    await ada.composer.pressSequentially('one');
    await ada.composer.press('Shift+Enter');
    await ada.composer.pressSequentially('two');
    await ada.composer.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
    expect(await ada.composer.inputValue()).toBe('one\ntwo');
    await ada.composer.press('Enter');
    await ada.expectTexts(['one\ntwo']);
    await ada.close();
  });

  it('adds a line on Enter on touch screens, where the button sends', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack, PHONE);
    await ada.createRoom('Ada');
    await ada.composer.tap();
    await ada.composer.pressSequentially('one');
    await ada.composer.press('Enter');
    await ada.composer.pressSequentially('two');
    expect(await ada.composer.inputValue()).toBe('one\ntwo');
    expect(await ada.composer.getAttribute('enterkeyhint')).toBe('enter');
    await ada.page.getByRole('button', { name: 'Send' }).tap();
    await ada.expectTexts(['one\ntwo']);
    // Ctrl+Enter is for keyboards that are connected to a tablet.
    await ada.composer.fill('three');
    await ada.composer.press('Control+Enter');
    await ada.expectTexts(['one\ntwo', 'three']);
    await ada.close();
  });

  it('shows a rejected message, and lets the user retry and delete it', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    await ada.send('a bell: \u0007');
    const failed = ada.log.locator('.failed');
    await failed.getByText('Not sent.').waitFor();
    await ada.expectAccessible();
    await failed.getByRole('button', { name: 'Try again' }).click();
    await failed.getByText('Not sent.').waitFor();
    await failed.getByRole('button', { name: 'Delete' }).click();
    await ada.expectTexts([]);
    await ada.close();
  });

  it('shows that a message is not sent yet, and lets the user try again or delete it', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    let attempts = 0;
    let isFailing = true;
    await ada.page.routeWebSocket(/./, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((text) => {
        const { action, id } = JSON.parse(String(text));
        if (action !== 'sendmessage' || !isFailing) return server.send(text);
        attempts += 1;
        const detail = 'Try again later.';
        const problem = {
          type: 'urn:roomcast:unavailable',
          title: detail,
          status: 503,
          detail,
          temporary: true,
        };
        socket.send(JSON.stringify({ type: 'error', id, problem }));
      });
    });
    await ada.page.clock.install();
    await ada.page.reload();
    await ada.createRoom('Ada');
    await ada.send('first');
    await ada.send('second');
    const slow = ada.log.locator('.slow');
    await ada.ownMessages.nth(1).waitFor();
    await ada.page.clock.fastForward(16_000);
    await eventually(async () => (await slow.count()) === 2);
    expect(await slow.first().textContent()).toContain('Not sent yet. The page keeps trying.');
    await ada.expectAccessible();
    await takeScreenshot(ada.page, 'slow');
    await slow.nth(1).getByRole('button', { name: 'Delete' }).click();
    await eventually(async () => (await ada.texts()).join() === 'first');
    const before = attempts;
    isFailing = false;
    await slow.getByRole('button', { name: 'Try again' }).click();
    await ada.ownMessages.last().getByText('Sent', { exact: true }).waitFor();
    await ada.expectTexts(['first']);
    expect(before).toBeGreaterThan(0);
    await ada.close();
  });

  it('keeps the draft of each tab, even after a reload', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada');
    await ada.composer.fill('in the first tab');
    const other = await ada.context.newPage();
    await other.goto(`${setup.stack.httpUrl}/#${room}`);
    const field = other.getByRole('textbox', { name: 'Message' });
    await field.waitFor();
    expect(await field.inputValue()).toBe('');
    await field.fill('in the second tab');
    for (const page of [ada.page, other]) await page.reload();
    await ada.waitForRoom();
    await field.waitFor();
    expect([await ada.composer.inputValue(), await field.inputValue()]).toEqual([
      'in the first tab',
      'in the second tab',
    ]);
    await ada.close();
  });

  it('describes the field of a rejected name in plain words', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.page.getByLabel('Your name').fill('you');
    await ada.page.getByRole('button', { name: 'Create room' }).click();
    await ada.page.getByText('Your name must be 1 to 32 printable characters').waitFor();
    await ada.close();
  });

  it('updates the day on a page that stays open overnight', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.page.clock.install({ time: new Date().setHours(23, 59, 0, 0) });
    await ada.page.reload();
    await ada.createRoom('Ada');
    await ada.send('Good night');
    const day = ada.log.locator('.day');
    await ada.ownMessages.last().getByText('Sent', { exact: true }).waitFor();
    expect(await day.allTextContents()).toEqual(['Today']);
    await ada.page.clock.fastForward(120_000);
    await eventually(async () => (await day.textContent()) === 'Yesterday');
    await ada.close();
  });

  it('works with the keyboard alone', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const { keyboard } = ada.page;
    await keyboard.type('Ada');
    await keyboard.press('Enter');
    await ada.waitForRoom();
    await keyboard.type('hello');
    await keyboard.press('Enter');
    await ada.expectTexts(['hello']);
    const names: string[] = [];
    for (const _ of Array(12)) {
      await keyboard.press('Shift+Tab');
      names.push((await ada.page.evaluate('document.activeElement.ariaLabel ?? ""')) as string);
    }
    expect(names).toEqual(expect.arrayContaining(['Leave', 'Share', 'Members: 1', 'Rooms']));
    await ada.page.getByRole('button', { name: 'Leave' }).focus();
    await keyboard.press('Enter');
    await ada.page.getByText('You left the room').waitFor();
    await ada.close();
  });

  it('shows no invitation for a missing room and clears the error on the start page', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack, {}, '#999999999');
    const { page } = ada;
    await page.getByRole('heading', { name: 'Join this room' }).waitFor();
    await page.getByLabel('Your name').fill('Ada');
    await page.getByRole('button', { name: 'Join room' }).click();
    const error = page.getByText('Room not found.');
    await error.waitFor();
    expect(await page.getByRole('heading', { name: 'Join this room' }).count()).toBe(0);
    await ada.expectAccessible();
    await page.getByRole('button', { name: 'Create or join another room' }).click();
    await error.waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'Visit the lobby' }).click();
    await page.getByRole('heading', { name: 'Join the lobby' }).waitFor();
    expect(await page.getByRole('link', { name: 'Visit the lobby' }).count()).toBe(0);
    await ada.close();
  });

  it('shows the member list by default on wide screens only', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    const members = ada.page.getByRole('complementary', { name: 'In this room' });
    await members.waitFor();
    await ada.page.setViewportSize({ width: 390, height: 844 });
    await members.waitFor({ state: 'hidden' });
    await ada.page.getByRole('button', { name: 'Members: 1' }).click();
    await members.waitFor();
    await ada.close();
  });

  it('fits on a small phone', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack, {
      ...PHONE,
      viewport: { width: 320, height: 568 },
    });
    await ada.expectNoOverflow();
    await ada.createRoom(
      'A name of thirty-two characters!',
      'A room whose name is very long, sixty-four characters in all, ok',
    );
    await ada.expectNoOverflow();
    await eventually(async () => (await ada.page.title()).includes('A room'));
    // The header has one line for the name and one line for the number. Most of its buttons are in a menu.
    expect((await ada.page.locator('.bar').boundingBox())?.height).toBeLessThan(66);
    for (const line of ['.bar h1', '.bar .code'])
      expect((await ada.page.locator(line).boundingBox())?.height).toBeLessThan(24);
    await ada.expectAccessible();
    const search = ada.page.getByRole('button', { name: 'Search', exact: true });
    expect(await search.isVisible()).toBe(false);
    await ada.page.getByRole('button', { name: 'More' }).tap();
    await ada.page.getByText('Room settings').waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await ada.page.emulateMedia({ colorScheme });
      await takeScreenshot(ada.page, `menu-${colorScheme}`);
    }
    await ada.expectAccessible();
    await ada.expectNoOverflow();
    await search.tap();
    await ada.page.getByRole('searchbox').waitFor();
    expect(await search.isVisible()).toBe(false);
    await ada.page.getByRole('button', { name: 'Close search' }).tap();
    // The list shows the whole name.
    await ada.page.getByRole('button', { name: 'Rooms' }).click();
    const cutTitles = `[...document.querySelectorAll('.room-title')].filter((one) => one.scrollWidth > one.clientWidth)`;
    await ada.page.locator('.room-title').waitFor();
    expect(await ada.page.evaluate(`${cutTitles}.length`)).toBe(0);
    await ada.close();
  });
});
