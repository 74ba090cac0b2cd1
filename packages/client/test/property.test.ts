import fc from 'fast-check';
import { randomOf } from './support/faults';
import { Machine, URL } from './support/network';
import { counted, type Met, run, type Schedule, schedules, type World } from './support/schedule';
import { MemoryServer } from './support/server';
import { VirtualTime } from './support/time';

// A failure is told at once. With its SEED and SHRINK=1 the smallest schedule that fails is looked for, which takes long.
const settings = globalThis.process?.env ?? {};
const SCHEDULES = Number(settings.VIRTUAL_SCHEDULES ?? 150);
const SEED = Number(settings.SEED ?? Date.now() % 2 ** 31);
/** Long enough for a connection to be cut by its age, and for the slowest heartbeat to notice what is missing. */
const HOUR_MS = 3600_000;
const PATIENCE_MS = 6 * HOUR_MS;

/** The chat in memory, in virtual time. */
class VirtualWorld implements World {
  readonly time = new VirtualTime();
  private readonly server: MemoryServer;

  constructor(seed: number) {
    const random = randomOf(seed);
    this.server = new MemoryServer(this.time, random);
    this.server.indexLagMs = () => (random() < 0.2 ? random() * 3000 : 0);
    this.server.latencyMs = () => 5 + random() * 40;
    this.server.fanOutMs = () => 20 + random() * (random() < 0.1 ? 1500 : 200);
  }

  sleep(ms: number) {
    return this.time.sleep(ms);
  }

  terminal(seed: number) {
    const machine = new Machine(this.server, seed);
    return {
      url: URL,
      environment: machine,
      faults: machine.faults,
      cut: () => machine.cut(),
      goOnline: () => machine.goOnline(),
      setReachable(reachable: boolean) {
        machine.reachable = reachable;
      },
    };
  }

  async log(room: string) {
    return this.server.log.filter((entry) => entry.room === room);
  }

  expire(room: string) {
    this.server.expire(room, this.server.memory.rooms.get(room)?.seq ?? 0);
  }

  async settle(what: string, done: () => boolean | Promise<boolean>, withinMs = PATIENCE_MS) {
    const deadline = this.time.now + withinMs;
    while (!(await done())) {
      for (const failure of this.server.failures) throw failure;
      if (this.time.now > deadline) throw new Error(`it never came to pass that ${what}`);
      await this.time.next();
    }
  }
}

describe('a client in a bad network', () => {
  it(
    `has every acknowledged message once and in order (SEED=${SEED})`,
    async () => {
      const met: Met[] = [];
      const property = fc.asyncProperty(
        schedules({ longest: HOUR_MS, losesAtMost: 8, expires: true }),
        async (schedule: Schedule) => {
          met.push(await run(new VirtualWorld(schedule.seed), schedule));
          if (met.length % 1000 === 0) console.info(`${met.length} of ${SCHEDULES} schedules`);
        },
      );
      await fc.assert(property, { seed: SEED, numRuns: SCHEDULES, endOnFailure: !settings.SHRINK });
      const { line, rare } = counted(met);
      console.info(`${met.length} schedules, SEED=${SEED}: ${line}`);
      expect(rare).toEqual([]);
    },
    60_000 + SCHEDULES * 200,
  );
});
