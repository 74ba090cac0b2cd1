import { eventually } from '../../../../testbed/client';
import { takeScreenshot } from './support/screenshot';
import { setUpStackAndBrowser } from './support/setup';
import { Visitor } from './support/visitor';

const setup = setUpStackAndBrowser();

const seen = ({ log }: Visitor) => log.locator('.seen');

describe('read positions', () => {
  it('shows who has read the last message', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada');
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await bob.joinInvited('Bob');
    await ada.page.getByRole('button', { name: 'Members: 2' }).waitFor();
    await bob.setVisible(false);
    await ada.send('Are you there?');
    await bob.expectTexts(['Are you there?']);
    expect(await seen(ada).count()).toBe(0);
    await bob.setVisible(true);
    await seen(ada).filter({ hasText: 'Seen by Bob' }).waitFor();
    await ada.expectAccessible();
    await takeScreenshot(ada.page, 'seen');
    await ada.send('Good.');
    await seen(ada).waitFor({ state: 'detached' });
    await seen(ada).filter({ hasText: 'Seen by Bob' }).waitFor(); // the next position follows within seconds
    expect(await seen(bob).count()).toBe(0);
    await Promise.all([ada.close(), bob.close()]);
  });

  it('shows the same unread messages on all devices of a user, including after a reload and on a new device', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada');
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await bob.joinInvited('Bob');
    const secret = await bob.page.evaluate(`localStorage.getItem('roomcast.guest')`);
    const phone = await Visitor.open(setup.browser, setup.stack);
    await phone.page.evaluate(`localStorage.setItem('roomcast.guest', '${secret}')`);
    await phone.goTo(`#${room}`);
    await phone.page.reload();
    await phone.joinInvited('Bob');
    await ada.page.getByRole('button', { name: 'Members: 2' }).waitFor();

    for (const device of [bob, phone]) await device.page.evaluate(`location.hash = ''`);
    await ada.send('one');
    await ada.send('two');
    const unread = ({ page }: Visitor) => page.locator('.recent-rooms .unread').allInnerTexts();
    await eventually(async () =>
      [await unread(bob), await unread(phone)].every((texts) => texts.join().startsWith('2')),
    );
    await bob.page.evaluate(`location.hash = '${room}'`);
    await bob.expectTexts(['one', 'two']);
    await eventually(async () => (await unread(phone)).length === 0, 30_000);
    await Promise.all([ada.close(), bob.close(), phone.close()]);
  });
});
