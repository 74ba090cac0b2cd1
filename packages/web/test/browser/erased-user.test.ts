import { callServerApi } from '../../../../scripts/server-api';
import { setUpStackAndBrowser } from './support/setup';
import { Visitor } from './support/visitor';

const setup = setUpStackAndBrowser();

/** Erases the user who sent messages under the given name. */
async function eraseAuthor(username: string): Promise<void> {
  const { stack } = setup;
  const items = await stack.scan('ChatTable');
  const entry = items.find((item) => item.username === username && item.kind === 'message');
  const { region = '', credentials = { accessKeyId: '', secretAccessKey: '' } } = stack.client;
  const api = { url: stack.httpUrl, region, credentials };
  const { status } = await callServerApi(api, `DELETE /v1/users/${entry?.userId}/data`);
  expect(status).toBe(200);
}

describe('an erased user', () => {
  it('leaves deleted messages from "Deleted user", and disappears from quotes and the titles of private rooms', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada', 'Kitchen');
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await bob.joinInvited('Bob');
    await bob.send('Tea?');
    await ada.expectTexts(['Tea?']);
    await ada.page.getByRole('button', { name: 'Actions for the message from Bob' }).press('Enter');
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Reply' }).press('Enter');
    await ada.send('Yes');
    await bob.expectTexts(['Tea?', 'Yes']);
    await ada.page.getByRole('button', { name: 'Message Bob privately' }).press('Enter');
    await ada.page.getByRole('heading', { name: 'Ada & Bob' }).waitFor();
    await ada.send('psst');
    const direct = new URL(ada.page.url()).hash;

    await eraseAuthor('Bob');
    await bob.close();
    await ada.page.evaluate(`location.hash = '${room}'`);
    await ada.log.getByText('Message deleted').first().waitFor();
    await ada.page.goto('about:blank');
    await ada.goTo(`#${room}`);
    await ada.expectTexts(['Message deleted', 'Yes']);
    expect(await ada.othersMessages.locator('.author').allTextContents()).toEqual(['Deleted user']);
    expect(await ada.log.locator('.quoted').textContent()).toBe('Reply to Deleted user: Message deleted');
    expect(await ada.othersMessages.getByRole('button', { name: /^Actions/ }).count()).toBe(0);
    await ada.expectAccessible();
    await ada.goTo(direct);
    await ada.expectTexts(['psst']);
    await ada.page.getByRole('complementary').getByText('Ada').first().waitFor();
    await ada.page.getByText('Bob').waitFor({ state: 'detached' });
    await ada.close();
  });
});
