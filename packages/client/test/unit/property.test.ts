import fc from 'fast-check';
import { Device, SERVER_URL } from '../support/device';
import { createRandom } from '../support/random';
import { type Schedule, schedules } from '../support/schedule';
import { MemoryServer } from '../support/server';
import { type Coverage, runSchedule, type Simulation, summarizeCoverage } from '../support/simulation';
import { VirtualTime } from '../support/time';

// Shrinking takes a long time, so it is off by default. To find the smallest failing schedule, set SEED to the reported seed
// and SHRINK=1.
const settings = globalThis.process?.env ?? {};
/** With fewer schedules, a rare situation can be missing by chance. */
const REPRESENTATIVE = 150;
const SCHEDULES = Number(settings.VIRTUAL_SCHEDULES ?? (settings.LONG ? REPRESENTATIVE : 40));
const SEED = Number(settings.SEED ?? Date.now() % 2 ** 31);
/** Long enough to reach the maximum age of a connection and the slowest heartbeat. */
const HOUR_MS = 3600_000;
const DEFAULT_TIMEOUT_MS = 6 * HOUR_MS;

/** Runs schedules against the in-memory server, in virtual time. */
class VirtualSimulation implements Simulation {
  private readonly time = new VirtualTime();
  private readonly server: MemoryServer;

  constructor(seed: number) {
    const random = createRandom(seed);
    this.server = new MemoryServer(this.time, random);
    this.server.indexLagMs = () => (random() < 0.2 ? random() * 3000 : 0);
    this.server.latencyMs = () => 5 + random() * 40;
    this.server.fanOutMs = () => 20 + random() * (random() < 0.1 ? 1500 : 200);
  }

  sleep(ms: number) {
    return this.time.sleep(ms);
  }

  createDevice(seed: number) {
    const device = new Device(this.server, seed);
    return {
      url: SERVER_URL,
      environment: device,
      faults: device.faults,
      cutConnections: () => device.cutConnections(),
      goOnline: () => device.goOnline(),
      setReachable(isReachable: boolean) {
        device.isReachable = isReachable;
      },
    };
  }

  async readLog(room: string) {
    return this.server.log.filter((entry) => entry.room === room);
  }

  expireEntries(room: string) {
    this.server.expire(room, this.server.memory.rooms.get(room)?.seq ?? 0);
  }

  async waitUntil(
    description: string,
    condition: () => boolean | Promise<boolean>,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ) {
    const deadline = this.time.now + timeoutMs;
    while (!(await condition())) {
      for (const failure of this.server.failures) throw failure;
      if (this.time.now > deadline) throw new Error(`Timed out waiting until ${description}`);
      await this.time.advanceToNextTimer();
    }
  }
}

describe('client over a faulty network', () => {
  it(
    `has every acknowledged message once and in order (SEED=${SEED})`,
    async () => {
      const runs: Coverage[] = [];
      const property = fc.asyncProperty(
        schedules({ maxPauseMs: HOUR_MS, maxFrameLossPercent: 8, allowsExpiry: true }),
        async (schedule: Schedule) => {
          runs.push(await runSchedule(new VirtualSimulation(schedule.seed), schedule));
          if (runs.length % 1000 === 0) console.info(`${runs.length} of ${SCHEDULES} schedules`);
        },
      );
      await fc.assert(property, { seed: SEED, numRuns: SCHEDULES, endOnFailure: !settings.SHRINK });
      const { summary, rare } = summarizeCoverage(runs);
      console.info(`${runs.length} schedules, SEED=${SEED}: ${summary}`);
      if (runs.length >= REPRESENTATIVE) expect(rare).toEqual([]);
    },
    60_000 + SCHEDULES * 200,
  );
});
