import assert from 'node:assert/strict';
import { it } from 'node:test';
import { arrive, stayForEveryone, waitFor, waitForEveryone } from '../processor/crowd.mjs';
import { clock, pause } from '../processor/line.mjs';
import { inNoTime } from './support/time.mjs';

/** What happened, in its order. */
const order = [];
const noted = (what, work) => work.then(() => order.push(what));

it('lets nobody speak before everyone is there, and nobody go before everyone is done', async () => {
  const listener = { heardAt: clock() };
  const context = { vars: { members: 2 } };
  await inNoTime(async () => {
    arrive();
    const first = noted('speaks', waitForEveryone(context)).then(() =>
      noted('goes', stayForEveryone(listener)),
    );
    await pause(1000);
    order.push('comes');
    arrive();
    await pause(1000);
    order.push('is done');
    await stayForEveryone(listener);
    await first;
  });
  assert.deepEqual(order, ['comes', 'speaks', 'is done', 'goes']);
});

it('waits no longer than something comes', async () => {
  await inNoTime(async () => {
    const listener = { heardAt: clock() };
    const begun = clock();
    setTimeout(() => {
      listener.heardAt = clock();
    }, 10_000);
    await waitFor(() => false, listener);
    assert.equal(Math.round((clock() - begun) / 1000), 25);
  });
});
