import { join } from 'node:path';
import { loadTemplate } from 'sam-offline';
import {
  addressRate,
  COSTS,
  creditUnits,
  FREE_RECIPIENTS,
  rejectionRate,
} from '../../chat/limits/charge-action';
import type { Connection, Frame } from '../../scripts/smoke/connection';
import { REQUESTS_PER_SECOND } from '../scale/assumptions';
import { createBill, type Memory, priceUsage, totalOf } from './bill';
import { functionMs } from './durations';
import type { MeteredApp } from './measure';
import type { Usage } from './usage';

const app = loadTemplate({ file: join(__dirname, '..', '..', 'template.yaml') });
const routes = app.webSocketApis.flatMap((api) => api.routes);

/** The assumed CPU time of every function. `sendmessage` takes less. */
const CPU_MS = 15;
const LONG_TEXT_BYTES = 4096;
/**
 * API Gateway closes the connection if a frame is larger.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const LARGE_FRAME_BYTES = 30 * 1024;
const REQUESTS = 10;
const HISTORY_MESSAGES = 30;
/** The maximum number of rooms per connection. */
const ROOMS = 50;

/** The usage of one request of an attack. */
export interface AttackRecord {
  name: AttackName;
  usage: Usage;
  /** The number of calls to other services. The function is assumed to make them sequentially. */
  calls: number;
}

/** A kind of request that an attacker repeats as fast as the limits allow. */
interface Attack {
  readonly label: string;
  /** The routes that the requests use. All clients share the limits of a route. */
  readonly routes: readonly string[];
  /** The units of the address's budget that a request costs, or 0 if the request is rejected because the budget is used up. */
  readonly units: number;
  /** Whether the requests are also limited by the address's budget of frames over a limit. */
  readonly isRejectedFrame?: boolean;
  /** The number of frames to members that each request causes. */
  readonly deliveries?: number;
  /** Measures the requests. */
  readonly measure: (app: MeteredApp) => Promise<Omit<AttackRecord, 'name'>>;
}

export type AttackName = keyof typeof ATTACKS;

/**
 * The largest room in which a message costs one unit, a medium room, and the room in which a hundred addresses cause the
 * highest cost.
 */
const ROOM_SIZES = [FREE_RECIPIENTS, 25, 50] as const;

export const ATTACKS = {
  smallFanOut: fanOut(ROOM_SIZES[0]),
  fanOut: fanOut(ROOM_SIZES[1]),
  largerFanOut: fanOut(ROOM_SIZES[2]),
  history: {
    label: `history of messages of ${LONG_TEXT_BYTES / 1024} KB`,
    routes: ['history'],
    units: COSTS.history,
    measure: (app) =>
      repeat(
        app,
        async (sender, room) => {
          const text = 'x'.repeat(LONG_TEXT_BYTES);
          for (let sent = 0; sent < HISTORY_MESSAGES; sent += 1)
            await sender.request('sendmessage', { room, text });
        },
        (sender, room) => sender.request('history', { room }),
      ),
  },
  pings: {
    label: `pings of connections in ${ROOMS} rooms`,
    routes: ['ping'],
    units: COSTS.ping,
    measure: (app) =>
      repeat(
        app,
        async (sender) => {
          for (let rooms = 1; rooms < ROOMS; rooms += 1) await sender.request('createRoom');
        },
        (sender) => sender.request('ping'),
      ),
  },
  joins: {
    label: 'repeated joins of one room',
    routes: ['joinRoom'],
    units: COSTS.joinRoom,
    measure: (app) => repeat(app, nothing, (sender, room) => sender.request('joinRoom', { room })),
  },
  reactions: {
    label: 'reactions, each to another message',
    routes: ['react'],
    units: COSTS.react,
    measure: (app) => {
      let seq = 0;
      return repeat(
        app,
        async (sender, room) => {
          for (let sent = 0; sent <= REQUESTS; sent += 1)
            await sender.request('sendmessage', { room, text: 'x' });
        },
        (sender, room) => {
          seq += 1;
          return sender.request('react', { room, seq, emoji: '👍' });
        },
      );
    },
  },
  connections: {
    label: 'connections that are opened and closed',
    routes: ['$connect'],
    units: COSTS.connect,
    measure: (app) => app.measureConnections(REQUESTS),
  },
  rejections: {
    label: 'frames over a limit, on all routes',
    routes: frameRoutes(),
    units: 0,
    isRejectedFrame: true,
    measure: measureRejections,
  },
  refusals: {
    label: 'refused connections',
    routes: ['$connect'],
    units: 0,
    measure: (app) => app.measureRefusedHandshakes(REQUESTS),
  },
  uploads: {
    label: `frames of ${LARGE_FRAME_BYTES / 1024} KB that are too large`,
    routes: ['sendmessage'],
    units: 1,
    measure: (app) =>
      repeat(app, nothing, (sender, room) =>
        reject(sender, { action: 'sendmessage', room, text: 'x'.repeat(LARGE_FRAME_BYTES) }),
      ),
  },
} as const satisfies Record<string, Attack>;

function fanOut(members: number): Attack {
  return {
    label: `messages of ${LONG_TEXT_BYTES / 1024} KB to rooms of ${members}`,
    routes: ['sendmessage'],
    units: creditUnits(1, members),
    deliveries: members,
    measure: async (app) => ({
      usage: await app.measure({ members, messages: REQUESTS, bytes: LONG_TEXT_BYTES }),
      calls: 0,
    }),
  };
}

async function nothing(): Promise<void> {}

/** Counts the usage of requests from the creator of a room. */
function repeat(
  app: MeteredApp,
  prepare: (sender: Connection, room: string) => Promise<unknown>,
  request: (sender: Connection, room: string) => Promise<unknown>,
) {
  return app.measureRequests(REQUESTS, prepare, request);
}

let frames = 0;

/** Sends a frame that the server rejects. Returns the problem type of the error. */
async function reject(sender: Connection, frame: object): Promise<string> {
  frames += 1;
  const id = `rejected-${frames}`;
  sender.send({ id, ...frame });
  const isError = (reply: Frame) => reply.id === id && reply.type === 'error';
  const { problem } = await sender.waitForFrame('the error', isError);
  return (problem as { type: string }).type;
}

/** Measures the messages of a guest after the budget of the IP address is used up. */
async function measureRejections(app: MeteredApp) {
  const missingRoom = { action: 'sendmessage', room: '100000000', text: 'x' };
  let refill = nothing;
  const useUpBudgets = async (sender: Connection) => {
    refill = await app.useUpAddressBudgets();
    while (!(await reject(sender, missingRoom)).endsWith(':rate-limited'));
  };
  try {
    return await repeat(app, useUpBudgets, (sender) => reject(sender, missingRoom));
  } finally {
    await refill();
  }
}

/** Measures every attack. */
export async function measureAttacks(app: MeteredApp): Promise<AttackRecord[]> {
  const records: AttackRecord[] = [];
  for (const [name, attack] of Object.entries(ATTACKS) as [AttackName, Attack][]) {
    process.stderr.write(`Attack: ${attack.label}\n`);
    records.push({ name, ...(await attack.measure(app)) });
  }
  return records;
}

/** The cost of an attack. */
export interface AttackCost {
  readonly label: string;
  /** Requests per second and dollars per hour, from one IP address and from 100 IP addresses. */
  readonly one: { readonly rate: number; readonly dollars: number };
  readonly hundred: { readonly rate: number; readonly dollars: number };
}

/** Returns the cost of each attack under the default limits of the template. */
export function listAttackCosts(records: readonly AttackRecord[], memory: Memory): AttackCost[] {
  const { routeRates, unitsPerSecond, rejectionsPerSecond } = readLimits();
  return records.map((record) => {
    const attack: Attack = ATTACKS[record.name];
    const price = priceRequest(record, attack, memory);
    const cost = (addresses: number) => {
      const rate = Math.min(
        attack.routes.reduce((sum, route) => sum + (routeRates.get(route) ?? Number.NaN), 0),
        attack.units === 0 ? Number.POSITIVE_INFINITY : (addresses * unitsPerSecond) / attack.units,
        attack.isRejectedFrame ? addresses * rejectionsPerSecond : Number.POSITIVE_INFINITY,
        // The posts to the members count toward the request quota of the account.
        REQUESTS_PER_SECOND / (attack.deliveries ?? 1),
      );
      return { rate, dollars: rate * 3600 * price };
    };
    return { label: attack.label, one: cost(1), hundred: cost(100) };
  });
}

/**
 * Returns the maximum cost in dollars per hour that one IP address can cause with all attacks concurrently. The requests with
 * the highest price per unit of the address's budget use the budget first, up to the rates of their routes. A message to a
 * larger room counts as a message to the next smaller room and a request with the additional units and price. Requests that
 * cost no units are added to the total.
 */
export function combineAttacks(records: readonly AttackRecord[], memory: Memory): number {
  const { routeRates, unitsPerSecond } = readLimits();
  const costs = listAttackCosts(records, memory);
  const paid: { units: number; price: number; rate: number }[] = [];
  let dollars = 0;
  let smaller: { units: number; price: number } | undefined;
  for (const [index, record] of records.entries()) {
    const attack: Attack = ATTACKS[record.name];
    const { units, routes, deliveries } = attack;
    if (units === 0) {
      dollars += costs[index]?.one.dollars ?? 0;
      continue;
    }
    const price = priceRequest(record, attack, memory);
    const rate = routeRates.get(routes[0] as string) ?? Number.NaN;
    const base = deliveries === undefined ? undefined : smaller;
    paid.push({ units: units - (base?.units ?? 0), price: price - (base?.price ?? 0), rate });
    if (deliveries !== undefined) smaller = { units, price };
  }
  let left = unitsPerSecond;
  for (const { units, price, rate } of paid.sort((a, b) => b.price / b.units - a.price / a.units)) {
    const used = Math.min(left, rate * units);
    left -= used;
    dollars += (used / units) * price * 3600;
  }
  return dollars;
}

/** Returns the price of one request in dollars. */
function priceRequest({ usage, calls }: AttackRecord, { deliveries }: Attack, memory: Memory): number {
  if (deliveries !== undefined) return totalOf(createBill(usage, memory)) / 1e6;
  const functions = Object.keys(usage.invocations).map(
    (logicalId) =>
      [logicalId, functionMs({ cpuMs: CPU_MS, calls }, memory.megabytes[logicalId] ?? 0)] as const,
  );
  const durations = { functions: Object.fromEntries(functions), workflow: 0 };
  return totalOf(priceUsage(usage, memory.megabytes, durations, 0)) / 1e6;
}

/** Returns the routes that handle frames. */
function frameRoutes(): string[] {
  const keys = routes.map(({ routeKey }) => routeKey);
  return keys.filter((key) => key !== '$connect' && key !== '$disconnect');
}

/** Reads the rates of the routes and of the address budgets from the template. */
export function readLimits() {
  const environment = app.functions.find(({ logicalId }) => logicalId === 'SendmessageFunction')?.environment;
  const limit = (name: string) => Number(environment?.[name]);
  const guestsPerAddress = limit('GUESTS_PER_ADDRESS');
  const rejections = rejectionRate({ guestsPerAddress });
  return {
    // The average of the first hour. It includes the burst.
    rejectionsPerSecond: rejections.perSecond + rejections.burst / 3600,
    routeRates: new Map(
      routes.map(({ routeKey, throttle }) => [routeKey, throttle?.ratePerSecond ?? Number.NaN] as const),
    ),
    unitsPerSecond: addressRate({
      message: { perSecond: limit('MESSAGE_RATE'), burst: 0 },
      request: { perSecond: limit('REQUEST_RATE'), burst: 0 },
      guestsPerAddress,
      ...{ failedJoin: { perSecond: 0, burst: 0 }, connectionsPerUser: 0, connectionsPerAddress: 0 },
    }).perSecond,
  };
}
