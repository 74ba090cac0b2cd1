import type { Measured, SizeSample } from './measure';
import type { Result, SizeFigures } from './record';
import { type Summary, summarize } from './statistics';

/** Combines the rounds of one design and size. If a round failed, returns the first failure instead of the figures. */
export function collectSize(size: number, rounds: readonly Measured<SizeSample>[]): Result<SizeFigures> {
  return collect(rounds, (samples) => {
    const summarizeAll = (read: (sample: SizeSample) => number | readonly number[]) =>
      summarize(samples.flatMap(read)) as Summary;
    return {
      first: summarizeAll(({ first }) => first),
      last: summarizeAll(({ last }) => last),
      ack: summarizeAll(({ ack }) => ack),
      cold: summarizeAll(({ cold }) => cold),
      serverCpuPerMessage: summarizeAll(({ serverCpu }) => serverCpu),
      serverCpuPerDelivery: summarizeAll(({ serverCpu }) => serverCpu / size),
      clientCpuPerDelivery: summarizeAll(({ clientCpu }) => clientCpu / size),
      idleMemory: summarizeAll(({ idleMb }) => idleMb),
      peakMemory: summarizeAll(({ peakMb }) => peakMb),
    };
  });
}

/** Combines the rates of all rounds for one design. If a round failed, returns the first failure instead of the figures. */
export function collectRate(rounds: readonly Measured<number>[]): Result<Summary> {
  return collect(rounds, (rates) => summarize(rates) as Summary);
}

function collect<Sample, Figures>(
  rounds: readonly Measured<Sample>[],
  combine: (samples: readonly Sample[]) => Figures,
): Figures | { readonly failure: string } | null {
  const failure = rounds.find((round) => 'failure' in round);
  if (failure !== undefined) return failure;
  const samples = rounds.flatMap((round) => ('value' in round ? [round.value] : []));
  return samples.length === 0 ? null : combine(samples);
}
