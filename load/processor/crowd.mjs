/** @import { Context, Receiver } from './types.d.ts' */
import { currentTime, waitUntil } from './connection.mjs';

/** After this time without any push, missing messages count as lost. */
const GRACE_MS = 15_000;
/** The maximum time to wait for all virtual users to arrive. */
const ARRIVAL_TIMEOUT_MS = 120_000;
/** The maximum time to wait for pending deliveries. */
const DRAIN_TIMEOUT_MS = 600_000;

let arrived = 0;
let finished = 0;

export function arrive() {
  arrived += 1;
}

/**
 * Waits until all virtual users have arrived, so that every message is sent to a full room. The scenario `connect-storm`
 * measures the connection rate.
 *
 * @param {Pick<Context, 'vars'> | { vars: { members?: number } }} context
 */
export async function waitForEveryone({ vars: { members = 100 } }) {
  await waitUntil(() => arrived >= Number(members), ARRIVAL_TIMEOUT_MS);
}

/**
 * Waits until all virtual users have sent all their messages, or until pushes stop.
 *
 * @param {Receiver} receiver
 */
export async function finishTogether(receiver) {
  finished += 1;
  await waitWhileReceiving(() => finished === arrived, receiver);
}

/**
 * Waits until the condition holds, or until pushes stop.
 *
 * @param {() => boolean} condition
 * @param {Receiver} receiver
 */
export async function waitWhileReceiving(condition, receiver) {
  await waitUntil(() => condition() || currentTime() - receiver.lastPushAt > GRACE_MS, DRAIN_TIMEOUT_MS);
}
