import { runInThisContext } from 'node:vm';
import { checkHistory } from './checker';
import { NO_FAULTS } from './faults/profile';
import { runSimulation } from './run';
import { drawSchedule } from './schedule';

const SEED = 1;
const HOURS = 0.1;

/** The globals of the main V8 context. The simulated code runs in this context, not in Jest's context. */
const outside = runInThisContext('globalThis') as typeof globalThis;

describe('simulation of the whole application', () => {
  it('keeps all promises without faults', async () => {
    const { records } = await runSimulation({ ...drawSchedule(SEED, HOURS), faults: NO_FAULTS });
    expect(checkHistory(records)).toEqual([]);
    expect(records.filter(({ type }) => type === 'ack').length).toBeGreaterThan(0);
  });

  it('keeps all promises with faults, and produces the same history for the same seed', async () => {
    const schedule = drawSchedule(SEED, HOURS);
    const first = await runSimulation(schedule);
    const machine = [outside, globalThis].flatMap((globals) => [
      jest.spyOn(globals.Date, 'now'),
      jest.spyOn(globals.Math, 'random'),
    ]);
    const second = await runSimulation(schedule);
    const calls = machine.map(({ mock }) => mock.calls.length);
    for (const source of machine) source.mockRestore();

    expect(checkHistory(first.records)).toEqual([]);
    expect(first.records.some(({ type }) => type === 'fault')).toBe(true);
    expect(second.hash()).toBe(first.hash());
    expect(calls).toEqual([0, 0, 0, 0]);
  });
});
