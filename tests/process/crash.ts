import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SamApp, startSam } from 'sam-offline';
import { createRandom } from '../../testbed/random';
import { readUrl, startRuntimeProcess } from '../../testbed/runtime-process';
import type { Violation } from '../simulation/checker';
import { EXPIRY_MS } from '../simulation/run';
import { Users } from './users';

const USERS = 6;
const ACTS_PER_SECOND = 15;
/**
 * The runtime is killed after a random time once this many sends have been answered. The minimum is necessary because clients
 * reconnect with a back-off.
 */
const ANSWERS_PER_LIFE = 10;
const MAX_LIFE_MS = 1000;
const POLL_MS = 20;
const LIMITS = 'loadTest';

/**
 * Kills the runtime repeatedly while users chat, restarts it with the same data directory, and checks the history. If the
 * runtime is killed between two writes, the member count is wrong until the rows expire. Therefore, the last start advances the
 * clock past the expiry.
 */
export async function runCrashes({ kills, seed }: { kills: number; seed: number }): Promise<Violation[]> {
  const random = createRandom(seed);
  const data = await mkdtemp(join(tmpdir(), 'roomcast-crash-'));
  const start = (port: string) =>
    startRuntimeProcess(['--data', data, '--port', port, '--parameter-overrides', `Limits=${LIMITS}`], false);
  let runtime = await start('0');
  const { port } = new URL(readUrl(runtime.output()));
  const kill = async () => {
    runtime.child.kill('SIGKILL');
    await once(runtime.child, 'exit');
  };
  let isUp = true;
  let app: SamApp | undefined;
  try {
    const users = await Users.open(Array(USERS).fill(`ws://127.0.0.1:${port}/production`), random);
    const load = setInterval(() => isUp && users.act(), 1000 / ACTS_PER_SECOND);
    for (let count = 1; count <= kills; count += 1) {
      const answered = users.latencies.length + ANSWERS_PER_LIFE;
      while (users.latencies.length < answered) await sleep(POLL_MS);
      await sleep(random() * MAX_LIFE_MS);
      isUp = false;
      await kill();
      runtime = await start(port);
      isUp = true;
      if (count % 10 === 0) console.log(`${count} kills, ${users.latencies.length} answered sends`);
    }
    await sleep(MAX_LIFE_MS);
    clearInterval(load);
    await users.settle();
    console.log(`Member count before rows expire: ${await users.countMembers()}`);
    await kill();
    app = await startSam({
      ...{ dataDirectory: data, port: Number(port), parameters: { Limits: LIMITS } },
      onNotice: () => undefined, // ignores notices about handshakes before the functions are built, because clients retry them
    });
    await app.clock.advance(EXPIRY_MS);
    const violations = await users.finish();
    console.log(users.summarize());
    return violations;
  } finally {
    runtime.child.kill('SIGKILL');
    await app?.stop();
    await rm(data, { recursive: true, force: true });
  }
}
