import { createRandom } from '../../testbed/random';
import { drawProfile, type FaultProfile, NO_FAULTS } from './faults/profile';

/** An action of a client. `at` is in milliseconds after the start. */
export interface Step {
  readonly at: number;
  readonly client: number;
  readonly act: Act;
  /** A number in [0, 1) that selects one of the possible rooms, messages or users. */
  readonly choice: number;
}

/** The parameters and steps of a run. The faults that occur are drawn during the run. */
export interface Schedule {
  readonly seed: number;
  readonly clients: number;
  readonly endsAt: number;
  readonly steps: readonly Step[];
  readonly faults: FaultProfile;
  /** The steps after a day without requests, in which all messages expire. Undefined in most runs. */
  readonly nextDay?: readonly Step[] | undefined;
}

const WEIGHTS = {
  send: 50,
  edit: 5,
  delete: 4,
  read: 10,
  react: 10,
  join: 10,
  leave: 5,
  kick: 3,
  ban: 4,
  unban: 4,
  drop: 4,
  offline: 4,
  sleep: 4,
  tour: 2, // joins many rooms for the first time and leaves them again
  broadcast: 5,
  serverSend: 5, // a message from the server API
  follow: 5, // starts or ends following a room
} as const;

export type Act = keyof typeof WEIGHTS;

const HOUR_MS = 3600_000;
/** The share of runs with a second day. It is low, because such runs take more than twice as long. */
const NEXT_DAY_SHARE = 0.15;
/**
 * The relative length of the second day. It is longer, so that clients that return late find more messages than on the first
 * day.
 */
const NEXT_DAY_FACTOR = 1.5;
const MAX_PAUSE_MS = 60_000;

/**
 * Draws a schedule. Long pauses alternate with phases of many steps within a few seconds, because most races occur only under
 * load.
 */
export function drawSchedule(seed: number, hours: number): Schedule {
  const random = createRandom(seed);
  const clients = 3 + Math.floor(random() * 5);
  const faults = drawProfile(random);
  const endsAt = hours * HOUR_MS;
  const nextDay =
    random() < NEXT_DAY_SHARE ? drawSteps(random, clients, NEXT_DAY_FACTOR * endsAt) : undefined;
  return { seed, clients, endsAt, steps: drawSteps(random, clients, endsAt), faults, nextDay };
}

function drawSteps(random: () => number, clients: number, endsAt: number): Step[] {
  const steps: Step[] = [];
  let isBusy = false;
  for (let at = 0; ; ) {
    if (random() < 0.05) isBusy = !isBusy;
    at += Math.ceil(random() * (isBusy ? 1000 : MAX_PAUSE_MS));
    if (at >= endsAt) return steps;
    steps.push({ at, client: Math.floor(random() * clients), act: drawAct(random), choice: random() });
  }
}

/** Returns a schedule without faults that measures the speed of the simulation. Ten members send one message per interval. */
export function drawChat(seed: number, hours: number, intervalMinutes: number): Schedule {
  const random = createRandom(seed);
  const clients = 10;
  const steps = Array.from({ length: Math.floor((hours * 60) / intervalMinutes) }, (_, index): Step => {
    const client = Math.floor(random() * clients);
    return { at: index * intervalMinutes * 60_000 + 1, client, act: 'send', choice: 0 };
  });
  return { seed, clients, endsAt: hours * HOUR_MS, steps, faults: NO_FAULTS };
}

function drawAct(random: () => number): Act {
  let left = random() * Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0);
  for (const [act, weight] of Object.entries(WEIGHTS)) {
    left -= weight;
    if (left < 0) return act as Act;
  }
  return 'send';
}
