import {
  type AccountRates,
  createAccountRates,
  defaultQuotas,
  UNLIMITED_RATES,
} from '../api-gateway/account-rates';
import { createTransactionDuration } from '../dynamodb/transactions/duration';
import { type Clocks, createSkewedClocks, EXACT_CLOCKS } from '../faults/clocks';
import { Faults } from '../faults/faults';
import { FrozenSockets } from '../faults/frozen-sockets';
import { Occurrences } from '../faults/occurrences';
import { createSeed } from '../faults/random';
import { createStrictFaults } from '../faults/strict-faults';
import { RuntimeClock } from '../time/runtime-clock';

/** Conditions that vary on AWS: faults, clocks, durations and the rates of the account. */
export interface Conditions {
  readonly strict: boolean;
  /** The seed of random choices. */
  readonly seed: number;
  readonly faults: Faults;
  readonly occurrences: Occurrences;
  readonly frozenSockets: FrozenSockets;
  readonly clock: RuntimeClock;
  readonly clocks: Clocks;
  readonly rates: AccountRates;
  /** Returns the duration of the next DynamoDB transaction, in milliseconds. */
  readonly transactionMs: () => number;
}

interface ConditionsOptions {
  readonly strict?: boolean;
  readonly seed?: number;
  readonly transactionMs?: () => number;
}

/** Creates the conditions of a runtime in a region. */
export function createConditions(
  { strict = false, seed = createSeed(), ...options }: ConditionsOptions,
  region: string,
): Conditions {
  const occurrences = new Occurrences();
  return {
    strict,
    seed,
    faults: new Faults({
      standing: strict ? createStrictFaults(seed) : [],
      onThrottle: (service) => occurrences.count(`${service}.Throttle`),
    }),
    occurrences,
    frozenSockets: new FrozenSockets(() => occurrences.count('lambda.FrozenSocketReset')),
    clock: new RuntimeClock(),
    clocks: strict ? createSkewedClocks(seed) : EXACT_CLOCKS,
    rates: strict
      ? createAccountRates(() => occurrences.count('execute-api.Throttle'), defaultQuotas(region))
      : UNLIMITED_RATES,
    transactionMs: options.transactionMs ?? createTransactionDuration(seed),
  };
}
