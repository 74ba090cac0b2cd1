import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../../tests/support/client';
import { Delays } from './support/delays';
import { takePicture } from './support/picture';
import { openScene } from './support/scene';
import { PHONE, Visitor } from './support/visitor';

const scene = openScene();

const broadcast = async (message: string): Promise<number> => {
  const response = await fetch(`${scene.stack.httpUrl}/broadcastmessage`, {
    method: 'POST',
    headers: { authorization: `Bearer ${scene.stack.broadcastKey}` },
    body: JSON.stringify({ message }),
  });
  return response.status;
};

const connectionIds = async () => (await scene.stack.connections()).map(({ connectionId }) => connectionId);

describe('the chat page', () => {
  it('is where two people meet, talk, lose each other, and leave', async () => {
    const ada = await Visitor.open(scene.browser, scene.stack);
    await ada.isAccessible();
    const room = await ada.create('Ada', 'Analytical engines');
    expect(room).toMatch(/^\d{9}$/);
    expect(await ada.page.title()).toBe('Analytical engines · Roomcast');
    await ada.page.getByRole('heading', { name: 'It is quiet here' }).waitFor();
    await ada.isAccessible();

    // She hands on the link.
    await ada.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await ada.page.getByRole('button', { name: 'Share' }).click();
    await ada.isAccessible();
    const dialog = ada.page.getByRole('dialog', { name: 'Ask others in' });
    await dialog.getByRole('button', { name: 'Copy the link' }).click();
    await dialog.getByText('Link copied').waitFor();
    const link = (await ada.page.evaluate('navigator.clipboard.readText()')) as string;
    expect(link).toBe(`${scene.stack.httpUrl}/#${room}`);
    await ada.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });

    // He follows it, with a bad network.
    const before = await connectionIds();
    const bob = await Visitor.open(scene.browser, scene.stack, PHONE, `#${room}`);
    await bob.page.getByRole('heading', { name: 'You are invited' }).waitFor();
    await bob.isAccessible();
    await bob.context.setOffline(true);
    await bob.page.getByLabel('Your name').fill('Bob');
    await bob.page.getByRole('button', { name: 'Join the room' }).click();
    await bob.page.getByText('There is no connection').waitFor();
    await bob.isAccessible();
    await bob.context.setOffline(false);
    await bob.entered();
    await ada.log.getByText('Bob joined').waitFor();
    const people = ada.page.getByRole('complementary', { name: 'Here now' });
    expect(await people.getByRole('listitem').allTextContents()).toEqual(['AAdayou', 'BBob']);

    // They talk.
    const said: string[] = [];
    const talk = async (who: Visitor, text: string) => {
      said.push(text);
      await who.say(text);
      await Promise.all([ada.reads(said), bob.reads(said)]);
    };
    await talk(bob, 'Good evening! Is this where the reading group meets?');
    await talk(ada, 'It is. Come in.');
    await talk(ada, 'We are at note G: https://en.wikipedia.org/wiki/Note_G');
    await talk(bob, 'The one with the Bernoulli numbers');
    await talk(bob, 'I did the table by hand and lost a sign in operation 21');
    await talk(ada, 'So did the printer.');
    await talk(bob, 'مساء الخير\nGood company, then.');
    await bob.own.last().getByText('Sent', { exact: true }).waitFor();
    await ada.tellsWholeTimes();
    await ada.isAccessible();
    await bob.isAccessible();
    await bob.page.getByRole('button', { name: 'People here: 2' }).click();
    expect(await bob.animations('.people')).toEqual({ 'no-preference': 'slide', reduce: 'none' });
    await bob.isAccessible();
    await bob.page.getByRole('button', { name: 'Close the list of people' }).click();
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const { page } of [ada, bob]) await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await takePicture(ada.page, `chat-desktop-${colorScheme}`);
      await takePicture(bob.page, `chat-phone-${colorScheme}`);
    }

    // He goes through a tunnel. Both go on writing.
    const [connectionId = ''] = (await connectionIds()).filter((id) => !before.includes(id));
    await bob.context.setOffline(true);
    await scene.stack.drop(connectionId);
    await bob.page.getByRole('status').getByText('Offline').waitFor();
    await ada.say('Are you there?');
    await bob.say('I think I lost you');
    await bob.own.last().getByText('Sending').waitFor();
    await bob.isAccessible();
    await ada.say('Then later.');
    await bob.context.setOffline(false);
    said.push('Are you there?', 'Then later.', 'I think I lost you');
    await Promise.all([ada.reads(said), bob.reads(said)]);
    await bob.page.getByRole('status').getByText('Offline').waitFor({ state: 'hidden' });

    // Everyone hears the announcement.
    expect(await broadcast('The library closes in ten minutes.')).toBe(202);
    for (const visitor of [ada, bob]) {
      await visitor.log.locator('.broadcast', { hasText: 'The library closes in ten minutes.' }).waitFor();
    }
    await ada.tellsWholeTimes();
    await ada.isAccessible();

    // He leaves, and returns as who he was.
    await bob.page.getByRole('button', { name: 'Leave' }).click();
    await bob.page.getByText('You have left the room').waitFor();
    await bob.isAccessible();
    // The connection that died in the tunnel is found by what is sent, once it is old enough to be called gone.
    await eventually(async () => {
      await broadcast('Good night.');
      await sleep(500);
      return (await ada.log.getByText('Bob left').count()) > 0;
    }, 30_000);
    await ada.page.getByRole('button', { name: 'People here: 1' }).waitFor();
    await bob.page.getByRole('button', { name: 'Go back in' }).click();
    await bob.reads(said);
    expect(await bob.own.count()).toBe(5);
    await Promise.all([ada.close(), bob.close()]);
  });

  it('joins by a number, says if there is none, and opens a known room by itself', async () => {
    const ada = await Visitor.open(scene.browser, scene.stack);
    const room = await ada.create('Ada');
    const bob = await Visitor.open(scene.browser, scene.stack);
    const number = bob.page.getByLabel('Its number or link');
    const join = bob.page.getByRole('button', { name: 'Join the room' });
    await bob.page.getByLabel('Your name').fill('Bob');
    await number.fill('12');
    await join.click();
    await bob.page.getByText('A room has a number of nine digits').waitFor();
    await bob.isAccessible();
    await number.fill(room === '100 000 000' ? '100 000 001' : '100 000 000');
    await join.click();
    await bob.page.getByText('There is no room with that number').waitFor();
    await bob.isAccessible();
    await number.fill(room.replace(/(\d{3})(?=\d)/g, '$1 '));
    await join.click();
    await bob.entered();
    await bob.composer.fill('half a thought');
    await bob.page.reload();
    await bob.entered();
    expect(await bob.composer.inputValue()).toBe('half a thought');
    expect(await bob.page.getByRole('complementary').getByText('Bob').count()).toBe(1);
    await Promise.all([ada.close(), bob.close()]);
  });

  it('says how far it is with its connection, on the way into a room and in it', async () => {
    const ada = await Visitor.open(scene.browser, scene.stack);
    await ada.create('Ada');
    const banner = (text: string) => ada.page.getByRole('status').getByText(text, { exact: true });
    const delays = await Delays.on(ada.page);
    delays.hold('connecting', 'joining');
    const before = await connectionIds();
    await ada.page.reload();
    await banner('Connecting…').waitFor();
    expect(await ada.animations('.waves', '::before')).toEqual({ 'no-preference': 'wave', reduce: 'none' });
    await ada.isAccessible();
    delays.release('connecting');
    await banner('Opening the room…').waitFor();
    delays.release('joining');
    await ada.entered();

    delays.hold('connecting', 'joining');
    const [connectionId = ''] = (await connectionIds()).filter((id) => !before.includes(id));
    await scene.stack.drop(connectionId);
    await banner('Connecting…').waitFor();
    await ada.isAccessible();
    delays.release('connecting');
    await banner('Catching up…').waitFor();
    await ada.isAccessible();
    delays.release('joining');
    await banner('Catching up…').waitFor({ state: 'hidden' });
    await ada.close();
  });

  it('lets one turn back on the way into a room, by what looks like a button', async () => {
    const ada = await Visitor.open(scene.browser, scene.stack);
    await ada.create('Ada');
    const delays = await Delays.on(ada.page);
    delays.hold('connecting');
    await ada.page.reload();
    const cancel = ada.page.getByRole('button', { name: 'Cancel' });
    await cancel.waitFor();
    const script = "getComputedStyle(document.querySelector('.entering button')).backgroundColor";
    expect(await ada.page.evaluate(script)).toMatch(/^rgb\(/); // what is see-through has a fourth number
    await cancel.click();
    await ada.page.getByLabel('Your name').waitFor();
    delays.release('connecting');
    await ada.close();
  });

  it('says if its server is not found, and looks again', async () => {
    const ada = await Visitor.open(scene.browser, scene.stack);
    await ada.page.route('**/config.json', (route) => route.abort());
    await ada.go();
    const alert = ada.page.getByRole('alert');
    await alert.getByText('The server could not be reached.').waitFor();
    await ada.isAccessible();
    await ada.page.unroute('**/config.json');
    await alert.getByRole('button', { name: 'Reload' }).click();
    await ada.page.getByLabel('Your name').waitFor();
    await ada.close();
  });

  it('sends by Enter, makes lines by Shift+Enter, and leaves Enter to who composes', async () => {
    const ada = await Visitor.open(scene.browser, scene.stack);
    await ada.create('Ada');
    await ada.composer.pressSequentially('one');
    await ada.composer.press('Shift+Enter');
    await ada.composer.pressSequentially('two');
    await ada.composer.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
    expect(await ada.composer.inputValue()).toBe('one\ntwo');
    await ada.composer.press('Enter');
    await ada.reads(['one\ntwo']);
    await ada.close();
  });

  it('shows what is refused, which can be tried again and deleted', async () => {
    const ada = await Visitor.open(scene.browser, scene.stack);
    await ada.create('Ada');
    await ada.say('a bell: \u0007');
    const failed = ada.log.locator('.failed');
    await failed.getByText('Not sent.').waitFor();
    await ada.isAccessible();
    await failed.getByRole('button', { name: 'Try again' }).click();
    await failed.getByText('Not sent.').waitFor();
    await failed.getByRole('button', { name: 'Delete' }).click();
    await ada.reads([]);
    await ada.close();
  });

  it('is used by keyboard alone', async () => {
    const ada = await Visitor.open(scene.browser, scene.stack);
    const { keyboard } = ada.page;
    await keyboard.press('Tab');
    await keyboard.type('Ada');
    await keyboard.press('Enter');
    await ada.entered();
    await keyboard.type('hello');
    await keyboard.press('Enter');
    await ada.reads(['hello']);
    const names: string[] = [];
    for (const _ of Array(8)) {
      await keyboard.press('Shift+Tab');
      names.push((await ada.page.evaluate('document.activeElement.ariaLabel ?? ""')) as string);
    }
    expect(names).toEqual(expect.arrayContaining(['Messages', 'Leave', 'Share', 'People here: 1']));
    await ada.page.getByRole('button', { name: 'Leave' }).focus();
    await keyboard.press('Enter');
    await ada.page.getByText('You have left the room').waitFor();
    await ada.close();
  });

  it('greets nobody into a room that there is not, and says so only there', async () => {
    const ada = await Visitor.open(scene.browser, scene.stack, {}, '#999999999');
    const { page } = ada;
    await page.getByRole('heading', { name: 'You are invited' }).waitFor();
    await page.getByLabel('Your name').fill('Ada');
    await page.getByRole('button', { name: 'Join the room' }).click();
    const refusal = page.getByText('There is no room with that number');
    await refusal.waitFor();
    expect(await page.getByRole('heading', { name: 'You are invited' }).count()).toBe(0);
    await ada.isAccessible();
    await page.getByRole('button', { name: 'Make or join another room' }).click();
    await refusal.waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'Visit the lobby' }).click();
    await page.getByRole('heading', { name: 'You are about to enter the lobby' }).waitFor();
    expect(await page.getByRole('link', { name: 'Visit the lobby' }).count()).toBe(0);
    await ada.close();
  });

  it('shows who is here where there is room for it, unless asked', async () => {
    const ada = await Visitor.open(scene.browser, scene.stack);
    await ada.create('Ada');
    const people = ada.page.getByRole('complementary', { name: 'Here now' });
    await people.waitFor();
    await ada.page.setViewportSize({ width: 390, height: 844 });
    await people.waitFor({ state: 'hidden' });
    await ada.page.getByRole('button', { name: 'People here: 1' }).click();
    await people.waitFor();
    await ada.close();
  });

  it('fits a small phone', async () => {
    const ada = await Visitor.open(scene.browser, scene.stack, {
      ...PHONE,
      viewport: { width: 320, height: 568 },
    });
    await ada.fits();
    await ada.create(
      'A name of thirty-two characters!',
      'A room whose name is very long, sixty-four characters in all, ok',
    );
    await ada.fits();
    await eventually(async () => (await ada.page.title()).includes('A room'));
    await ada.close();
  });
});
