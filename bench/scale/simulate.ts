import { runStateMachine, type StateFailure } from 'sam-offline/testing';
import { createMessageSent } from '../../chat/protocol/serialize';
import { requiredShards } from '../../chat/rooms/room-keys';
import type { Entry } from '../../chat/types';
import { CommandError } from '../../scripts/stack';
import { loadFanOut, loadPostSettings } from '../../testbed/fan-out';
import { LATENCIES, POST_MEMORY_MB, REQUEST_BURST, REQUESTS_PER_SECOND } from './assumptions';
import { describeFailure } from './failure';
import { ROOM, type Scenario } from './scenario';
import { SimulatedAccount } from './simulated-account';

/** The delivery of one message. Times are in milliseconds after the message was accepted. */
export interface Delivery {
  members: number;
  shards: number;
  /** The times at which clients received the message, in ascending order. */
  receipts: number[];
  /** The shortest possible time until the last receipt: all posts at `PostRate`, without latency. */
  floorMs: number;
  /** The number of posts that API Gateway rejected with 429. Most of these posts were retried. */
  throttled: number;
  /** The number of connections that did not receive the message within the time for retries. */
  undelivered: number;
  /** The maximum number of concurrent invocations of the post function. */
  functions: number;
  /** The billed duration of the post function, in GB-seconds. */
  gbSeconds: number;
}

/**
 * Simulates the fan-out of one message with the workflow's definition and the code of the post function. The result depends
 * only on the scenario, not on the speed of the machine.
 *
 * @param onProgress called about 100 times, with the share of the members who have received the message
 * @throws CommandError if the workflow fails. The error lists the states that failed
 */
export async function simulateDelivery(
  scenario: Scenario,
  onProgress?: (share: number) => void,
): Promise<Delivery> {
  const { members, settings } = scenario;
  const shards = scenario.shards ?? requiredShards({ shards: 1 }, members);
  const account = new SimulatedAccount(scenario, shards, onProgress);
  const failures: StateFailure[] = [];
  const acceptedAt = account.time.now();
  const record = await account.time.run(async () => {
    await account.delay(LATENCIES.start);
    return runStateMachine({
      stateMachine: loadFanOut(settings),
      input: { detail: createMessageSent(createEntry(acceptedAt), shards).detail },
      now: account.time.now,
      sleep: account.time.sleep,
      random: account.random,
      invoke: (service, action, input) => account.invoke(`${service}.${action}`, input),
      onStateFailed: (failure) => failures.push(failure),
    });
  });
  if (record.status !== 'SUCCEEDED')
    throw new CommandError(describeFailure(members, record, failures, account.deadLetters));
  const receipts = account.receipts.map((time) => time - acceptedAt).sort((a, b) => a - b);
  return {
    ...{ members, shards, receipts, throttled: account.throttled, undelivered: members - receipts.length },
    floorMs: floorOf(scenario),
    functions: account.maxFunctions,
    gbSeconds: (account.billedMs / 1000) * (POST_MEMORY_MB / 1024),
  };
}

/** Returns the time in milliseconds that the posts need at `PostRate` or at the account's request rate, whichever is lower. */
function floorOf({ members, settings }: Scenario): number {
  const { rate, burst } = loadPostSettings(settings);
  const posts = Math.max(0, members - Math.min(burst, REQUEST_BURST));
  return (1000 * posts) / Math.min(rate, REQUESTS_PER_SECOND);
}

function createEntry(ts: number): Entry {
  return {
    ...{ room: ROOM, epoch: 'e', seq: 1, kind: 'message', messageId: '01ARZ3NDEKTSV4RRFFQ69G5FAV', ts },
    ...{ from: { userId: 'g-1', username: 'Ada' }, text: 'x'.repeat(200) },
  };
}
