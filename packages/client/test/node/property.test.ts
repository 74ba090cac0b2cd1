import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { describeAtLength } from '../../../../testbed/at-length';
import { ChatConnection } from '../../../../testbed/chat-clients';
import { readRoomLog } from '../../../../testbed/room-log';
import { type Stack, startStack } from '../../../../testbed/stack';
import { createEnvironment, type Environment, type SocketConstructor } from '../../src/environment';
import { FaultyProxy } from '../support/proxy';
import { schedules } from '../support/schedule';
import {
  type Coverage,
  runSchedule,
  type SimulatedDevice,
  type Simulation,
  summarizeCoverage,
} from '../support/simulation';

const SCHEDULES = Number(process.env.CLIENT_SCHEDULES ?? 5);
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const CONCURRENCY = 4;
/** Factor by which the client's short timers run faster than real time. */
const SPEED = 5;
/** Timers of at least this length wait for the server. They are not sped up, because the machine may be busy. */
const MIN_SERVER_TIMEOUT_MS = 5000;
/** Upper bound in real time, so that a stuck test fails. */
const TIMEOUT_MS = 120_000;

/** Runs schedules against the local runtime, through a faulty proxy. */
class RuntimeSimulation implements Simulation {
  constructor(
    private readonly stack: Stack,
    private readonly proxy: FaultyProxy,
  ) {}

  async sleep(ms: number) {
    await sleep(ms / SPEED);
  }

  createDevice(seed: number): SimulatedDevice {
    const path = this.proxy.createPath(seed);
    const onlineListeners = new Set<() => void>();
    const real = createEnvironment(WebSocket as unknown as SocketConstructor);
    const environment: Environment = {
      ...real,
      startTimer: (ms, callback) => real.startTimer(ms < MIN_SERVER_TIMEOUT_MS ? ms / SPEED : ms, callback),
      onOnline(callback) {
        onlineListeners.add(callback);
        return () => onlineListeners.delete(callback);
      },
    };
    return {
      url: path.url,
      environment,
      faults: path.faults,
      cutConnections: () => path.cutConnections(),
      setReachable(isReachable) {
        path.isReachable = isReachable;
      },
      goOnline() {
        for (const listener of onlineListeners) listener();
      },
    };
  }

  readLog(room: string) {
    return readRoomLog(this.stack, room);
  }

  async waitUntil(description: string, condition: () => boolean | Promise<boolean>) {
    const deadline = Date.now() + TIMEOUT_MS;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`Timed out waiting until ${description}`);
      await sleep(20);
    }
  }
}

/**
 * Invokes each function, because clients would time out during simultaneous cold starts and treat the server as unreachable.
 */
async function warmUp(url: string): Promise<void> {
  const invokeAll = async () => {
    const line = await ChatConnection.open(url);
    const { room } = await line.request('createRoom');
    await line.request('joinRoom', { room });
    await Promise.all(
      ['ping', 'history', 'sendmessage'].map((action) => line.request(action, { room, text: 'hi' })),
    );
    await line.request('leaveRoom', { room });
    line.drop();
  };
  await Promise.all([invokeAll(), invokeAll(), invokeAll()]);
}

describeAtLength('client over a faulty network, against the local runtime', () => {
  let stack: Stack;
  let proxy: FaultyProxy;

  beforeAll(async () => {
    // Clients with fast clocks would exceed the default rate limits, and most of the traffic would be notices.
    stack = await startStack(['--parameter-overrides', 'Limits=loadTest']);
    proxy = await FaultyProxy.open(stack.wsUrl, SPEED);
    await warmUp(stack.wsUrl);
    await stack.addFault({ service: 'events', kind: 'duplicate', share: 0.3, seed: SEED });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await proxy.close();
    await stack.stop();
  });

  it(
    `has every acknowledged message once and in order (SEED=${SEED})`,
    async () => {
      const runs: Coverage[] = [];
      const limits = { maxPauseMs: 3000, maxFrameLossPercent: 3, allowsExpiry: false };
      const queue = fc.sample(schedules(limits), { seed: SEED, numRuns: SCHEDULES });
      const runQueue = async () => {
        for (let schedule = queue.pop(); schedule; schedule = queue.pop()) {
          const current = schedule;
          const coverage = await runSchedule(new RuntimeSimulation(stack, proxy), current).catch((cause) => {
            queue.length = 0;
            throw new Error(`SEED=${SEED}, schedule ${JSON.stringify(current)}: ${cause.message}`, { cause });
          });
          runs.push(coverage);
          if (runs.length % 50 === 0) process.stdout.write(`${runs.length} of ${SCHEDULES} schedules\n`);
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, runQueue));
      const { summary, rare } = summarizeCoverage(runs);
      process.stdout.write(`${runs.length} schedules, SEED=${SEED}: ${summary}\n`);
      expect((await stack.occurrences())['events.DuplicateDelivery']).toBeGreaterThan(0);
      // Small samples do not cover every situation.
      if (SCHEDULES >= 100) expect(rare).toEqual([]);
    },
    2 * TIMEOUT_MS + SCHEDULES * 10_000,
  );
});
