import { ChatConnection } from '../../../../testbed/chat-clients';
import { setUpStackAndBrowser } from './support/setup';
import { PHONE, Visitor } from './support/visitor';

const setup = setUpStackAndBrowser();

/** The other tests check desktop screens and the page states that they create. */
describe('the page on a phone', () => {
  it('has accessible views, panels and dialogs that fit on the screen', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack, PHONE);
    const check = async () => {
      await ada.expectAccessible();
      await ada.expectNoOverflow();
    };
    const tap = (name: string | RegExp) => ada.page.getByRole('button', { name }).first().tap();
    const dialog = ada.page.getByRole('dialog');
    const checkDialog = async (...buttons: (string | RegExp)[]) => {
      for (const button of buttons) await tap(button);
      await dialog.waitFor();
      await check();
      await ada.page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    };
    await check();
    const room = await ada.createRoom('Ada', 'Tea');
    await check();
    const bob = await ChatConnection.open(setup.stack.wsUrl);
    await bob.request('joinRoom', { room, username: 'Bob' });
    await bob.request('sendmessage', { room, text: 'Milk?' });
    await ada.othersMessages.first().waitFor();

    await checkDialog('More', 'Share');
    await checkDialog('More', 'Room settings');
    await checkDialog(/^Actions for the message from Bob/);
    await checkDialog(/^Actions for the message from Bob/, 'Delete message…');
    await tap('Members: 2');
    await checkDialog('Change your name');
    await checkDialog('Manage Bob');
    await checkDialog('Manage Bob', 'Ban…');
    await tap('Close member list');
    await tap('More');
    await tap('Search');
    await ada.page.getByRole('searchbox').fill('milk');
    await ada.log.locator('.found').waitFor();
    await check();
    await ada.goTo('broadcast.html');
    await check();
    bob.drop();
    await ada.close();
  });
});
