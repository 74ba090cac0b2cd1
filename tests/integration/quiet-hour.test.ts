import { describeAtLength } from '../../testbed/at-length';
import { VirtualTime } from '../../testbed/virtual-time';
import { NO_FAULTS } from '../simulation/faults/profile';
import { Functions } from '../simulation/harness/functions';
import { runSimulation } from '../simulation/run';
import { drawSchedule } from '../simulation/schedule';
import { findFiringAlarms, readAlarms } from '../support/alarms';
import { type Invocation, type Minute, measureMinute } from '../support/simulated-metrics';

const SEED = 1;
const MINUTE_MS = 60_000;
const MINUTES = 60;

/** Simulates an hour in virtual time and returns the invocations and records of each minute. */
async function runHour(): Promise<Minute[]> {
  const invocations: Invocation[] = [];
  let [time, start, running] = [new VirtualTime(), 0, 0];
  const { run } = VirtualTime.prototype;
  const { invoke } = Functions.prototype;
  const runs = jest.spyOn(VirtualTime.prototype, 'run').mockImplementation(function (
    this: VirtualTime,
    work,
  ) {
    time = this;
    start = time.now();
    invocations.length = running = 0; // the first run warms up the simulation
    return run.call(this, work) as ReturnType<typeof work>;
  });
  const calls = jest.spyOn(Functions.prototype, 'invoke').mockImplementation(async function (
    this: Functions,
    model,
    event,
  ) {
    running += 1;
    const call = { model, event, startedAt: time.now() - start, concurrency: running };
    let result: unknown;
    try {
      result = await invoke.call(this, model, event);
      return result;
    } finally {
      running -= 1;
      invocations.push({ ...call, result, endedAt: time.now() });
    }
  });
  try {
    const { records } = await runSimulation({ ...drawSchedule(SEED, 1), faults: NO_FAULTS });
    return Array.from({ length: MINUTES }, (_, minute) => {
      const isNow = (ms: number) => Math.floor(ms / MINUTE_MS) === minute;
      return {
        invocations: invocations.filter(({ startedAt }) => isNow(startedAt)),
        records: records.filter(({ t }) => isNow(t)),
      };
    });
  } finally {
    runs.mockRestore();
    calls.mockRestore();
  }
}

/**
 * The simulated users chat, join, leave, moderate, lose their connections and return, and a backend broadcasts and calls the
 * server API. The functions, the workflow and the tables are the real ones. A function runs only as long as its service calls
 * take.
 */
describeAtLength('an hour of normal traffic', () => {
  let minutes: Minute[];
  const alarms = readAlarms();

  beforeAll(async () => {
    minutes = await runHour();
  });

  it('contains all kinds of traffic', () => {
    const types = minutes.flatMap(({ records }) => records.map(({ type }) => type));
    const expected = [
      'ack',
      'receive',
      'join',
      'left',
      'delivery',
      'execution',
      'changed',
      'removed',
      'broadcast',
    ];
    expect([...new Set(types)]).toEqual(expect.arrayContaining(expected));
    const routes = minutes.flatMap(({ invocations }) => invocations.map(({ model }) => model.logicalId));
    expect(new Set(routes).size).toBeGreaterThan(8);
  });

  it('makes no alarm fire in any minute', () => {
    const breaching = minutes.map((minute) => findFiringAlarms(alarms, [], measureMinute(alarms, minute)));
    const fired = alarms.flatMap(({ name, periods, breaches }) =>
      breaching.flatMap((_, minute) => {
        const last = breaching.slice(Math.max(0, minute + 1 - periods), minute + 1);
        const isFiring = last.filter((names) => names.includes(name)).length >= breaches;
        return isFiring ? [`minute ${minute}: ${name}`] : [];
      }),
    );
    expect(fired).toEqual([]);
  });

  it('makes every alarm fire after failures are added', () => {
    const records = minutes.flatMap((minute) => minute.records);
    const invocations = minutes
      .flatMap((minute) => minute.invocations)
      .map((call) => ({ ...call, endedAt: call.endedAt + 3 * MINUTE_MS, concurrency: 11 }));
    const failures: Minute['records'] = [
      { t: 0, type: 'delivery', event: '1', outcome: 'lost' },
      {
        t: 0,
        type: 'execution',
        event: '1',
        status: 'FAILED',
        unreadPages: 0,
        unpostedRows: 0,
        failures: 0,
      },
      { t: 0, type: 'dead letter', event: '1', detailType: 'MessageSent' },
      ...records.map(() => ({
        ...({ t: 0, type: 'refused', client: '', room: '', action: 'sendmessage' } as const),
        problem: 'unavailable',
      })),
    ];
    const counts = { delivered: 1, throttled: 1, failed: 0, gone: [] };
    const outcomes = [undefined, counts].map((result) => invocations.map((call) => ({ ...call, result })));
    const fired = outcomes.flatMap((failed) =>
      findFiringAlarms(
        alarms,
        [],
        measureMinute(alarms, { invocations: failed, records: [...records, ...failures] }),
      ),
    );
    expect([...new Set(fired)].sort()).toEqual(alarms.map(({ name }) => name).sort());
  });
});
