import { eventually } from '../../../../testbed/client';
import { setUpStackAndBrowser } from './support/setup';
import { Visitor } from './support/visitor';

const setup = setUpStackAndBrowser({ TypingIndicator: 'on' });

describe('typing indicators', () => {
  it('shows who is typing below the log until the message arrives', async () => {
    await setup.stack.disableRandomFaults(); // an indicator that is not delivered is lost
    const ada = await Visitor.open(setup.browser, setup.stack);
    const room = await ada.createRoom('Ada');
    const bob = await Visitor.open(setup.browser, setup.stack, {}, `#${room}`);
    await bob.joinInvited('Bob');
    await ada.log.getByText('Bob joined').waitFor();
    const indicator = ada.page.getByText('Bob is typing');
    const type = async () => {
      await bob.composer.pressSequentially('x');
      return indicator.isVisible();
    };
    await eventually(type, 30_000); // Bob's page sends indicators only after its first pong

    expect(await ada.page.locator('[aria-live], [role=status]', { has: indicator }).count()).toBe(0);
    await ada.expectAccessible();
    await ada.expectNoOverflow();
    expect(await bob.page.getByText('is typing').count()).toBe(0);
    await bob.send('the message');
    await ada.expectTexts(['the message']);
    await indicator.waitFor({ state: 'hidden' });
    await Promise.all([ada.close(), bob.close()]);
  });
});
