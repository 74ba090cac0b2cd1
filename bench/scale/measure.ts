import { PRICES } from 'sam-offline';
import { median } from '../median';
import type { Scenario } from './scenario';
import { type Delivery, simulateDelivery } from './simulate';

/** The fan-out without pacing, in a room that always has one shard. */
export const UNPACED: Pick<Scenario, 'shards' | 'settings'> = {
  shards: 1,
  settings: { PostRate: 1_000_000, PostBurst: 500_000 },
};

/** The number of messages per room. Very large rooms get one message, because the random latencies average out. */
const MESSAGES = 5;
const MAX_REPEATED_MEMBERS = 100_000;

/** The number of points on the curve in a plot. */
const CURVE_POINTS = 100;

/** Medians over several messages. Times are in milliseconds after a message was accepted. */
export interface Measurement {
  members: number;
  shards: number;
  floorMs: number;
  halfMs: number;
  lastMs: number;
  /** The share of posts that API Gateway rejected with 429. */
  throttledShare: number;
  undelivered: number;
  functions: number;
  /** The price of the post functions divided by the price of the delivered frames. */
  lambdaShare: number;
  /** The share of the members who have received the first message, by time. */
  curve: [ms: number, share: number][];
}

/**
 * Simulates five messages to a room with different random numbers. Simulates only one message to a very large room.
 *
 * @param onProgress called with the share of the deliveries that have been simulated
 */
export async function measure(
  scenario: Scenario,
  onProgress: (share: number) => void = () => undefined,
): Promise<Measurement> {
  const messages = scenario.members <= MAX_REPEATED_MEMBERS ? MESSAGES : 1;
  const deliveries: Delivery[] = [];
  for (let seed = 1; seed <= messages; seed += 1) {
    const report = (share: number) => onProgress((seed - 1 + share) / messages);
    deliveries.push(await simulateDelivery({ ...scenario, seed }, report));
  }
  const of = (read: (delivery: Delivery) => number) => median(deliveries.map(read));
  const [first] = deliveries as [Delivery];
  const { members, shards, floorMs } = first;
  const { dollars } = PRICES;
  return {
    ...{ members, shards, floorMs },
    halfMs: of(({ receipts }) => receipts[Math.floor(receipts.length / 2)] ?? 0),
    lastMs: of(({ receipts }) => receipts.at(-1) ?? 0),
    throttledShare: of(({ throttled }) => throttled / (members + throttled)),
    undelivered: of(({ undelivered }) => undelivered),
    functions: of(({ functions }) => functions),
    lambdaShare:
      of(({ gbSeconds }) => gbSeconds * dollars.lambdaGigabyteSecond) / (members * dollars.webSocketMessage),
    curve: sampleCurve(first),
  };
}

function sampleCurve({ receipts, members }: Delivery): [number, number][] {
  return Array.from({ length: CURVE_POINTS + 1 }, (_, index) => {
    const position = Math.round((index / CURVE_POINTS) * (receipts.length - 1));
    return [receipts[position] ?? 0, (position + 1) / members];
  });
}
