import assert from 'node:assert/strict';
import { it } from 'node:test';
import { currentTime, sleep } from '../processor/connection.mjs';
import { arrive, finishTogether, waitForEveryone, waitWhileReceiving } from '../processor/crowd.mjs';
import { withSimulatedTime } from './support/time.mjs';

it('waits until everyone has arrived, and until everyone has finished', async () => {
  /** @type {string[]} */
  const events = [];
  const receiver = { lastPushAt: currentTime() };
  const context = { vars: { members: 2 } };
  await withSimulatedTime(async () => {
    arrive();
    const first = waitForEveryone(context)
      .then(() => events.push('the first sends'))
      .then(() => finishTogether(receiver))
      .then(() => events.push('the first leaves'));
    await sleep(1000);
    events.push('the second arrives');
    arrive();
    await sleep(1000);
    events.push('the second finishes');
    await finishTogether(receiver);
    await first;
  });
  assert.deepEqual(events, [
    'the second arrives',
    'the first sends',
    'the second finishes',
    'the first leaves',
  ]);
});

it('stops waiting 15 seconds after the last push', async () => {
  await withSimulatedTime(async () => {
    const receiver = { lastPushAt: currentTime() };
    const startedAt = currentTime();
    setTimeout(() => {
      receiver.lastPushAt = currentTime();
    }, 10_000);
    await waitWhileReceiving(() => false, receiver);
    assert.equal(Math.round((currentTime() - startedAt) / 1000), 25);
  });
});
