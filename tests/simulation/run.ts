import { CONNECTION_TTL_SECONDS } from '../../chat/rooms/room-keys';
import { createRandom } from '../../testbed/random';
import { VirtualTime } from '../../testbed/virtual-time';
import { recordsOf } from './checker/records';
import { Faults } from './faults/faults';
import { NO_FAULTS } from './faults/profile';
import { Account } from './harness/account';
import { Backend } from './harness/backend';
import { Device } from './harness/device';
import { History, type Record } from './harness/history';
import { Participant } from './harness/participant';
import { loadSubject, type Subject } from './harness/subject';
import { drawSchedule, type Schedule, type Step } from './schedule';
import { World } from './world';

/** The time in which all state must converge after the faults have ended. It includes the slowest heartbeat and clean-up. */
const CONVERGENCE_MS = 20 * 60_000;
/** The time until a member and the member count have expired. */
export const EXPIRY_MS = CONNECTION_TTL_SECONDS * 1000 + CONVERGENCE_MS;

/** The number of attempts that the SDK makes. */
const SDK_ATTEMPTS = 3;

const WARM_UP_HOURS = 0.02;

let warmUp: Promise<unknown> | undefined;

/** Runs a schedule in virtual time and returns the history. The result does not depend on earlier runs. */
export async function runSimulation(schedule: Schedule, subject = loadSubject()): Promise<History> {
  // Libraries do some work only once per process. Without this warm-up, the first history of a seed would differ from later
  // ones.
  warmUp ??= run({ ...drawSchedule(0, WARM_UP_HOURS), faults: NO_FAULTS }, await subject);
  await warmUp;
  return run(schedule, await subject);
}

async function run(schedule: Schedule, subject: Subject): Promise<History> {
  const time = new VirtualTime();
  const start = time.now();
  const history = new History(() => time.now() - start);
  const random = createRandom(schedule.seed + 1);
  const sources = { time, random };
  const faults = new Faults(schedule.seed + 2, history);
  await time.run(async () => {
    const retentionDays = schedule.nextDay ? 1 : undefined;
    const account = await Account.open(
      subject,
      { seed: schedule.seed + 3, retentionDays },
      sources,
      faults,
      history,
    );
    const participants = Array.from({ length: schedule.clients }, (_, index) => {
      const name = `client-${index}`;
      const device = new Device(name, `192.0.2.${index}`, account.gateway, sources, faults, history);
      return new Participant(name, subject.bundles, device, history, schedule.seed + 100 + index);
    });
    const world = new World(participants, sources, history, account, new Backend(account, sources, history));
    await world.prepare();
    const performDay = async (steps: readonly Step[]) => {
      faults.start(schedule.faults);
      await world.perform(steps);
      faults.end();
      await world.converge(hasHalfOfWrites(history.records) ? EXPIRY_MS : CONVERGENCE_MS);
      await account.recordStaleRows();
    };
    await performDay(schedule.steps);
    if (schedule.nextDay) {
      await world.sleepThroughNight(schedule.nextDay.at(-1)?.at ?? 0);
      await performDay(schedule.nextDay);
    }
    for (const { client } of participants) client.close();
  });
  return history;
}

/**
 * Returns whether a function may have ended or stopped its retries between two writes. The member and the member count are then
 * inconsistent.
 */
function hasHalfOfWrites(records: readonly Record[]): boolean {
  const failures = recordsOf(records, 'fault').filter(({ at }) => at.startsWith('DisconnectFunction'));
  return (
    failures.length >= SDK_ATTEMPTS ||
    recordsOf(records, 'fault').some(({ fault }) => fault === 'kill' || fault === 'outage') ||
    recordsOf(records, 'problem').some(({ problem }) => problem === 'unavailable')
  );
}
