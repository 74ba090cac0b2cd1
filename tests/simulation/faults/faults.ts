import { createRandom } from '../../../testbed/random';
import type { History } from '../harness/history';
import { type FaultName, type FaultProfile, NO_FAULTS } from './profile';

/** Decides where faults occur until the faults end. */
export class Faults {
  private profile: FaultProfile = NO_FAULTS;
  private readonly random: () => number;

  constructor(
    seed: number,
    private readonly history: History,
  ) {
    this.random = createRandom(seed);
  }

  start(profile: FaultProfile): void {
    this.profile = profile;
  }

  end(): void {
    this.profile = NO_FAULTS;
    this.history.add({ type: 'faults end' });
  }

  /** Returns whether the fault occurs now, and records the fault. */
  strikes(fault: FaultName, at: string): boolean {
    const isStruck = this.profile[fault] > 0 && this.random() < this.profile[fault];
    if (isStruck) this.record(fault, at);
    return isStruck;
  }

  record(fault: FaultName, at: string): void {
    this.history.add({ type: 'fault', fault, at });
  }

  /** Returns a duration of at most `maxMs` if the fault occurs now, and 0 otherwise. Does not record the fault. */
  drawMs(fault: FaultName, maxMs: number): number {
    return this.profile[fault] > 0 && this.random() < this.profile[fault] ? this.random() * maxMs : 0;
  }
}
