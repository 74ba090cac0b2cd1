import { findLongTasks } from './support/long-tasks';
import { measureMemory } from './support/memory';
import { Pushes } from './support/pushes';
import { setUpStackAndBrowser } from './support/setup';
import { Visitor } from './support/visitor';

const setup = setUpStackAndBrowser();

const MEGABYTE = 1024 * 1024;

describe('a room that stays open', () => {
  it('uses as much memory after 5,000 messages as after 1,000, and never blocks the page', async () => {
    const ada = await Visitor.open(setup.browser, setup.stack);
    const pushes = await Pushes.install(ada.page);
    await ada.goTo();
    await ada.createRoom('Ada');
    const receive = async (count: number) => {
      for (let sent = 1; sent <= count; sent += 1) {
        const ts = pushes.send(`Message ${sent} with **bold** text and https://example.com/${sent}`);
        if (sent % 20 === 0) await ada.log.locator(`.message time[datetime="${ts}"]`).waitFor();
      }
    };
    await receive(1000);
    const before = await measureMemory(ada.page);
    const longTasks = await findLongTasks(setup.browser, ada.page, () => receive(4000));
    const after = await measureMemory(ada.page);
    expect(longTasks).toEqual([]);
    expect(after.heapBytes).toBeLessThan(25 * MEGABYTE);
    expect(after.heapBytes).toBeLessThan(before.heapBytes + MEGABYTE);
    expect(after.listeners).toBeLessThan(before.listeners + 300);
    await ada.close();
  }, 300_000);
});
