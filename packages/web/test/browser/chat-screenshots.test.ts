import { ChatConnection, createGuestSecret } from '../../../../testbed/chat-clients';
import { takeScreenshot } from './support/screenshot';
import { setUpStackAndBrowser } from './support/setup';
import { PHONE, Visitor } from './support/visitor';

const setup = setUpStackAndBrowser({ MessageRate: 1000, MessageBurst: 1000 });

type Say = (text: string, more?: { replyTo?: number }) => Promise<number>;

/** Returns a function that writes as a user in a room. */
async function join(room: string, username: string): Promise<Say & { connection: ChatConnection }> {
  const connection = await ChatConnection.open(setup.stack.wsUrl, createGuestSecret());
  await connection.request('joinRoom', { room, username });
  const say: Say = async (text, more) =>
    (await connection.request('sendmessage', { room, text, ...more })).seq;
  return Object.assign(say, { connection });
}

describe('screenshots', () => {
  it('creates images of a busy room, several rooms, an empty room and the first visit', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    for (const scheme of ['light', 'dark'] as const) {
      await ada.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await takeScreenshot(ada.page, `start-desktop-${scheme}`);
    }
    const elsewhere = [];
    for (const name of ['Weekend plans', 'Incidents']) {
      elsewhere.push(await join(await ada.createRoom('Ada', name), 'Margaret'));
      await ada.page.getByRole('button', { name: 'Open another room' }).click();
      await ada.page.getByRole('heading', { name: 'Recent rooms' }).waitFor();
    }
    const room = await ada.createRoom('Ada', 'Release 2.4');
    await ada.page.mouse.move(0, 0); // hides the button that a message shows on hover
    await ada.page.getByRole('heading', { name: 'No messages yet' }).waitFor();
    await takeScreenshot(ada.page, 'empty-desktop');

    await elsewhere[0]?.('Who brings the cake?');
    await elsewhere[1]?.('@Ada the queue is empty again');
    await ada.page.getByRole('navigation').getByText('1 unread, you are mentioned').waitFor();

    const bob = await Visitor.open(setup.browser, setup.stack, PHONE, `#${room}`);
    await bob.page.waitForLoadState('networkidle'); // waits for the logo
    for (const scheme of ['light', 'dark'] as const) {
      await bob.page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await takeScreenshot(bob.page, `invited-phone-${scheme}`);
    }
    await bob.joinInvited('Bob');
    const grace = await join(room, 'Grace Hopper');
    const linus = await join(room, 'Linus');
    const bobSays = async (text: string) => {
      await bob.send(text);
      await ada.log.locator('.message:not(.own)', { hasText: text.slice(0, 20) }).waitFor();
    };
    await grace('Morning! The release candidate is built: https://ci.example.com/roomcast/2.4.0-rc.1');
    const ask = await grace('Can somebody look at the migration before noon?');
    await linus('I can. Is it only the new index?');
    await grace('Yes, and `npm run migrate -- --dry-run` prints what it changes.');
    await ada.send('I ran it on a copy of production: 41 seconds, no locks.');
    await ada.send('The rollback works, too.');
    await ada.ownMessages.nth(1).getByText('Sent', { exact: true }).waitFor();
    await bobSays('Great. Who updates the status page?');
    await linus('@Ada would you?', { replyTo: ask });
    await ada.send('Done. It says **14:00 to 14:15 UTC**.');
    await bobSays('I watch the dashboards');
    await linus('```aws logs tail /aws/lambda/post --since 5m```');
    await grace('Thank you all. Freeze from 13:30.');
    await bobSays('Lunch first?');
    await ada.log.getByText('Freeze from 13:30.').waitFor();
    await bob.log.getByText('Freeze from 13:30.').waitFor();
    await bob.ownMessages.last().getByText('Sent', { exact: true }).waitFor();
    for (const scheme of ['light', 'dark'] as const) {
      for (const { page } of [ada, bob])
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await takeScreenshot(ada.page, `chat-desktop-${scheme}`);
      await takeScreenshot(bob.page, `chat-phone-${scheme}`);
    }
    await bob.page.getByRole('button', { name: 'Rooms' }).click();
    await takeScreenshot(bob.page, 'rooms-phone');
    for (const { connection } of [grace, linus, ...elsewhere]) connection.drop();
    await Promise.all([ada.close(), bob.close()]);
  });
});
