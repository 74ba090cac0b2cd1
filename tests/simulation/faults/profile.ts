/** The faults that a run can have. Each run draws a probability for each fault, which is often zero. */
export const FAULTS = [
  'error', // a call fails before its effect
  'throttle',
  'outage', // all calls of one action fail for some time
  'lost reply', // a call fails after its effect
  'slow call',
  'kill', // a function ends at a call
  'cold start',
  'rejected entry', // PutEvents succeeds without the entry
  'duplicate event',
  'late event',
  'index lag',
  'long transaction',
  'clock skew',
  'late expiry',
  'drop socket',
  'slow handshake', // API Gateway opens a connection some time after `$connect` has succeeded
  'lost disconnect', // API Gateway does not invoke `$disconnect`
  'slow reader', // posts to a client are throttled
] as const;

export type FaultName = (typeof FAULTS)[number];

/** The probability of each fault at each opportunity. */
export type FaultProfile = { readonly [Name in FaultName]: number };

/** The highest probability of each fault. */
const LIMITS: FaultProfile = {
  ...{ error: 0.05, throttle: 0.05, 'lost reply': 0.1, 'slow call': 0.05, kill: 0.01, 'cold start': 0.1 },
  outage: 0.002,
  ...{
    'rejected entry': 0.3,
    'duplicate event': 0.1,
    'late event': 0.1,
    'index lag': 0.5,
    'long transaction': 0.5,
  },
  ...{ 'clock skew': 0.5, 'late expiry': 0.5, 'drop socket': 0.01, 'lost disconnect': 0.5 },
  'slow handshake': 0.3,
  'slow reader': 0.02,
};

export const NO_FAULTS: FaultProfile = createProfile(() => 0);

/**
 * Draws the probabilities for a run. Half of the faults are turned off, so that runs have different combinations of faults.
 */
export function drawProfile(random: () => number): FaultProfile {
  return createProfile((name) => (random() < 0.5 ? 0 : random() * LIMITS[name]));
}

/** Returns the profile without the given faults. */
export function withoutFaults(profile: FaultProfile, names: readonly FaultName[]): FaultProfile {
  return createProfile((name) => (names.includes(name) ? 0 : profile[name]));
}

export function activeFaults(profile: FaultProfile): FaultName[] {
  return FAULTS.filter((name) => profile[name] > 0);
}

function createProfile(probability: (name: FaultName) => number): FaultProfile {
  return Object.fromEntries(FAULTS.map((name) => [name, probability(name)])) as FaultProfile;
}
