import { clock, eventually } from './line.mjs';

/** So long after the last push that came, what has not come counts as lost. */
const GRACE_MS = 15_000;
/** How long people wait for those who have not come yet. */
const GATHERING_MS = 120_000;
/** The most that what is still under way is waited for. */
const DRAINING_MS = 600_000;

let present = 0;
let done = 0;

export function arrive() {
  present += 1;
}

/** So that nobody speaks to a room that is half empty: how fast people come is another scenario's matter. */
export async function waitForEveryone({ vars: { members = 100 } }) {
  await eventually(() => present >= Number(members), GATHERING_MS);
}

/** Who has said everything stays until everyone has, unless nothing comes any more. */
export async function stayForEveryone(listener) {
  done += 1;
  await waitFor(() => done === present, listener);
}

/** Waits until `probe` holds, for as long as anything comes. */
export async function waitFor(probe, listener) {
  await eventually(() => probe() || clock() - listener.heardAt > GRACE_MS, DRAINING_MS);
}
