import { join } from 'node:path';
import { loadTemplate } from 'sam-offline';
import { addressRate, COSTS, creditUnits } from '../../chat/limits/charge-action';
import type { Connection } from '../../scripts/smoke/connection';
import { REQUESTS_PER_SECOND } from '../scale/assumptions';
import { createBill, type Memory, priceUsage, totalOf } from './bill';
import { functionMs } from './durations';
import type { MeteredApp } from './measure';
import type { Usage } from './usage';

/** The CPU time that is assumed for every function. `sendmessage` takes less. */
const CPU_MS = 15;
const LONG_TEXT_BYTES = 4096;
/** A larger frame closes the connection. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const LARGE_FRAME_BYTES = 30 * 1024;
const REQUESTS = 10;
const HISTORY_MESSAGES = 30;

/** What a request of an attack uses. */
export interface AttackRecord {
  name: AttackName;
  usage: Usage;
  /** Calls of other services, which the function is assumed to make one after the other. */
  calls: number;
}

/** A kind of request that an attacker repeats as fast as the limits allow. */
interface Attack {
  readonly label: string;
  /** The routes whose limits the requests share with all other clients. */
  readonly routes: readonly string[];
  /** Units of the address's budget that a request costs. */
  readonly units: number;
  /** Frames to members that each request causes. */
  readonly deliveries?: number;
  /** Measures the requests. */
  readonly measure: (app: MeteredApp) => Promise<Omit<AttackRecord, 'name'>>;
}

export type AttackName = keyof typeof ATTACKS;

/** The rooms in which the guests of one address, and of a hundred addresses, cause most deliveries. */
const [ROOM, LARGER_ROOM] = [22, 50];

const REJECTED_ROUTES = ['sendmessage', 'joinRoom', 'history', 'ping', '$default'];

export const ATTACKS = {
  fanOut: fanOut(ROOM),
  largerFanOut: fanOut(LARGER_ROOM),
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
  joins: {
    label: 'joins of one room again and again',
    routes: ['joinRoom'],
    units: COSTS.joinRoom,
    measure: (app) => repeat(app, nothing, (sender, room) => sender.request('joinRoom', { room })),
  },
  connections: {
    label: 'connections that are opened and closed',
    routes: ['$connect'],
    units: COSTS.connect,
    measure: (app) => app.measureConnections(REQUESTS),
  },
  rejections: {
    label: 'frames that are rejected, on all busy routes',
    routes: REJECTED_ROUTES,
    units: 0,
    measure: (app) =>
      repeat(app, nothing, (sender) =>
        reject(sender, { action: 'sendmessage', room: '100000000', text: 'x' }),
      ),
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

/** Counts requests of the creator of a room. */
function repeat(
  app: MeteredApp,
  prepare: (sender: Connection, room: string) => Promise<unknown>,
  request: (sender: Connection, room: string) => Promise<unknown>,
) {
  return app.measureRequests(REQUESTS, prepare, request);
}

let frames = 0;

async function reject(sender: Connection, frame: object): Promise<void> {
  frames += 1;
  const id = `rejected-${frames}`;
  sender.send({ id, ...frame });
  await sender.waitForFrame('the error', (reply) => reply.id === id && reply.type === 'error');
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
  /** Requests per second, and dollars per hour, from one IP address and from a hundred. */
  readonly one: { readonly rate: number; readonly dollars: number };
  readonly hundred: { readonly rate: number; readonly dollars: number };
}

/** Returns what each attack costs under the default limits of the template. */
export function listAttackCosts(records: readonly AttackRecord[], memory: Memory): AttackCost[] {
  const { routeRates, unitsPerSecond } = readLimits();
  return records.map((record) => {
    const attack: Attack = ATTACKS[record.name];
    const price = priceRequest(record, attack, memory);
    const cost = (addresses: number) => {
      const rate = Math.min(
        attack.routes.reduce((sum, route) => sum + (routeRates.get(route) ?? Number.NaN), 0),
        attack.units === 0 ? Number.POSITIVE_INFINITY : (addresses * unitsPerSecond) / attack.units,
        // The posts to the members are requests to the same account.
        REQUESTS_PER_SECOND / (attack.deliveries ?? 1),
      );
      return { rate, dollars: rate * 3600 * price };
    };
    return { label: attack.label, one: cost(1), hundred: cost(100) };
  });
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

/** Reads the rates of routes, and the rate of the budget of an address, from the template. */
export function readLimits() {
  const app = loadTemplate({ file: join(__dirname, '..', '..', 'template.yaml') });
  const routes = app.webSocketApis.flatMap((api) => api.routes);
  const environment = app.functions.find(({ logicalId }) => logicalId === 'SendmessageFunction')?.environment;
  const limit = (name: string) => Number(environment?.[name]);
  return {
    routeRates: new Map(
      routes.map(({ routeKey, throttle }) => [routeKey, throttle?.ratePerSecond ?? Number.NaN] as const),
    ),
    unitsPerSecond: addressRate({
      message: { perSecond: limit('MESSAGE_RATE'), burst: 0 },
      request: { perSecond: limit('REQUEST_RATE'), burst: 0 },
      guestsPerAddress: limit('GUESTS_PER_ADDRESS'),
      ...{ failedJoin: { perSecond: 0, burst: 0 }, connectionsPerUser: 0, connectionsPerAddress: 0 },
    }).perSecond,
  };
}
