import { eventually } from '../../../../testbed/client';
import { setUpStackAndBrowser } from './support/setup';
import { Visitor } from './support/visitor';

const setup = setUpStackAndBrowser({ BroadcastBurst: 1 });

describe('the broadcast page', () => {
  it('sends a message to everyone and shows errors', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    await ada.createRoom('Ada');
    const operator = await Visitor.open(setup.browser, setup.stack, {}, 'broadcast.html');
    const { page } = operator;
    const key = page.getByLabel('Broadcast key');
    const text = page.getByLabel('Announcement');
    const result = page.getByRole('status');
    const send = async (message: string) => {
      await text.fill(message);
      await page.getByRole('button', { name: 'Send to everyone' }).click();
    };
    const broadcast = (message: string) =>
      fetch(`${setup.stack.httpUrl}/broadcastmessage`, {
        method: 'POST',
        headers: { authorization: `Bearer ${setup.stack.broadcastKey}` },
        body: JSON.stringify({ message }),
      });
    await operator.expectAccessible();

    await key.fill('not the key');
    await send('hello');
    await result.getByText('The broadcast key is incorrect.').waitFor();
    await operator.expectAccessible();
    await key.fill(setup.stack.broadcastKey);
    await send('w'.repeat(4097));
    await result.getByText('The message is too long.').waitFor();
    await send('<b>We close</b> in ten minutes.');
    await result.getByText('Sent to everyone').waitFor();
    await operator.expectAccessible();
    expect(await text.inputValue()).toBe('');
    await ada.log.locator('.broadcast').getByText('<b>We close</b> in ten minutes.').waitFor();
    // The API accepts one broadcast per second. The direct request uses up this quota.
    await eventually(async () => {
      await text.fill('again');
      await broadcast('somebody else');
      await page.getByRole('button', { name: 'Send to everyone' }).click();
      await result.getByText(/./).waitFor();
      return /^Too many broadcasts. Try again in \d/.test((await result.textContent()) ?? '');
    });
    await operator.context.setOffline(true);
    await send('hello');
    await result.getByText('No response.').waitFor();
    await operator.context.setOffline(false);

    // The page does not store the key.
    const stored = await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })');
    expect(stored).not.toContain(setup.stack.broadcastKey);
    await page.reload();
    expect(await key.inputValue()).toBe('');
    await operator.context.close();
    await ada.close();
  });
});
