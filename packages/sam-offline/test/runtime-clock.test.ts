import { RuntimeClock } from '../src/time/runtime-clock';

describe('RuntimeClock', () => {
  it('runs due timers in order, each at its due time', async () => {
    let time = 1_000;
    const clock = new RuntimeClock(() => time);
    const runs: [string, number][] = [];
    const record = (name: string) => () => runs.push([name, clock.now()]);
    clock.setTimer(record('late'), 200_000);
    clock.setTimer(record('first'), 100_000);
    clock.setTimer(record('cancelled'), 100_000).cancel();
    clock.setTimer(record('last'), 300_000).cancel();
    time = 2_000;
    await clock.advance(99_999);
    expect(runs).toEqual([['first', 101_000]]);
    expect(clock.now()).toBe(101_999);
    await clock.advance(100_000);
    expect(runs).toEqual([
      ['first', 101_000],
      ['late', 201_000],
    ]);
  });

  it('runs timers that other timers set, even after asynchronous work', async () => {
    const clock = new RuntimeClock(() => 0);
    const runs: number[] = [];
    const next = () => {
      runs.push(clock.now());
      if (runs.length < 3) void Promise.resolve().then(() => clock.setTimer(next, 60_000));
    };
    clock.setTimer(next, 60_000);
    await clock.advance(180_000);
    expect(runs).toEqual([60_000, 120_000, 180_000]);
  });

  it('runs timers without being advanced', async () => {
    const clock = new RuntimeClock();
    await new Promise<void>((resolve) => clock.setTimer(resolve, 1));
  });

  it('does not run a timer early if its delay exceeds the limit of setTimeout', async () => {
    const clock = new RuntimeClock();
    const run = jest.fn();
    const timer = clock.setTimer(run, 2 ** 31);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(run).not.toHaveBeenCalled();
    timer.cancel();
  });

  it('ends a wait when it is advanced past the end of the wait, or when the wait is aborted', async () => {
    const clock = new RuntimeClock(() => 0);
    const stop = new AbortController();
    const ended: string[] = [];
    const wait = (millis: number, name: string) =>
      clock.sleep(millis, stop.signal).then(() => ended.push(name));
    const waits = [wait(3_600_000, 'hour'), wait(7_200_001, 'two hours')];
    await clock.advance(7_200_000);
    await waits[0];
    expect([ended, clock.offsetMs]).toEqual([['hour'], 7_200_000]);
    stop.abort();
    await waits[1];
    expect(ended).toEqual(['hour', 'two hours']);
    await wait(1_000_000, 'aborted');
    await clock.sleep(0, new AbortController().signal);
  });
});
