import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../testbed/random';
import { readUrl, startRuntimeProcess } from '../../testbed/runtime-process';
import type { Violation } from '../simulation/checker';
import { TcpProxy } from './tcp-proxy';
import { Users } from './users';

const USERS = 3;
const ACTS_PER_SECOND = 2;

/** Runs users who chat through a proxy that delays and cuts connections. All seeds run concurrently in separate rooms. */
export async function runNetwork({
  runs,
  seed,
  minutes,
}: {
  runs: number;
  seed: number;
  minutes: number;
}): Promise<Violation[]> {
  const runtime = await startRuntimeProcess(['--parameter-overrides', 'Limits=loadTest'], false);
  const faults = {};
  try {
    const port = Number(new URL(readUrl(runtime.output())).port);
    const seeds = Array.from({ length: runs }, (_, index) => seed + index);
    const found = await Promise.all(seeds.map((each) => runSeed(port, each, minutes, faults)));
    console.log('Faults:', faults);
    return found.flat();
  } finally {
    runtime.child.kill('SIGKILL');
  }
}

async function runSeed(
  port: number,
  seed: number,
  minutes: number,
  faults: { [fault: string]: number },
): Promise<Violation[]> {
  const random = createRandom(seed);
  const proxy = await TcpProxy.open(port, random, faults);
  try {
    const users = await Users.open(Array(USERS).fill(proxy.url), random, `seed-${seed}-user`);
    const load = setInterval(() => users.act(), 1000 / ACTS_PER_SECOND);
    await sleep(minutes * 60_000);
    clearInterval(load);
    proxy.isFaulty = false;
    const violations = await users.finish();
    console.log(`seed ${seed}: ${users.summarize()}, ${violations.length} problems`);
    return violations;
  } finally {
    proxy.close();
  }
}
