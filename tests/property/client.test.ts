import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import {
  createEnvironment,
  type Environment,
  type SocketConstructor,
} from '../../packages/client/src/environment';
import {
  counted,
  type Met,
  run,
  schedules,
  type Terminal,
  type World,
} from '../../packages/client/test/support/schedule';
import { Line } from '../support/chatter';
import { FaultyProxy } from '../support/proxy';
import { type Stack, startStack } from '../support/stack';
import { storedLog } from '../support/stored-log';

const SCHEDULES = Number(process.env.CLIENT_SCHEDULES ?? 5);
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const AT_ONCE = 4;
/** What the clients wait for by themselves comes so much sooner … */
const SPEED = 5;
/** … but not what they give the server time for, as a machine may be at work on other things too. */
const WAITS_FOR_SERVER_MS = 5000;
/** Real milliseconds until something must have come to an end. A failure's limit, not a measurement. */
const PATIENCE_MS = 120_000;

/** The runtime, behind a proxy. */
class RealWorld implements World {
  constructor(
    private readonly stack: Stack,
    private readonly proxy: FaultyProxy,
  ) {}

  async sleep(ms: number) {
    await sleep(ms / SPEED);
  }

  terminal(seed: number): Terminal {
    const path = this.proxy.path(seed);
    const online = new Set<() => void>();
    const real = createEnvironment(WebSocket as unknown as SocketConstructor);
    const environment: Environment = {
      ...real,
      startTimer: (ms, callback) => real.startTimer(ms < WAITS_FOR_SERVER_MS ? ms / SPEED : ms, callback),
      onOnline(then) {
        online.add(then);
        return () => online.delete(then);
      },
    };
    return {
      url: path.url,
      environment,
      faults: path.faults,
      cut: () => path.cut(),
      setReachable(reachable) {
        path.reachable = reachable;
      },
      goOnline() {
        for (const then of online) then();
      },
    };
  }

  log(room: string) {
    return storedLog(this.stack, room);
  }

  async settle(what: string, done: () => boolean | Promise<boolean>) {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await done())) {
      if (Date.now() > deadline) throw new Error(`it never came to pass that ${what}`);
      await sleep(20);
    }
  }
}

/** The first call of each function is slow: together they would look like a dead server. */
async function warmUp(url: string): Promise<void> {
  const visit = async () => {
    const line = await Line.open(url);
    const { room } = await line.request('createRoom');
    await line.request('joinRoom', { room });
    await Promise.all(
      ['ping', 'history', 'sendmessage'].map((action) => line.request(action, { room, text: 'hi' })),
    );
    await line.request('leaveRoom', { room });
    line.drop();
  };
  await Promise.all([visit(), visit(), visit()]);
}

describe('a client in a bad network, against the runtime', () => {
  let stack: Stack;
  let proxy: FaultyProxy;

  beforeAll(async () => {
    // Clients whose clocks run fast send fast; notices of who comes and goes would be most of the work.
    const parameters = ['MessageRate=1000', 'MessageBurst=1000', 'NoticeThreshold=0'];
    stack = await startStack(['--parameter-overrides', ...parameters]);
    proxy = await FaultyProxy.open(stack.wsUrl, SPEED);
    await warmUp(stack.wsUrl);
  }, PATIENCE_MS);
  afterAll(async () => {
    await proxy.close();
    await stack.stop();
  });

  it(
    `has every acknowledged message once and in order (SEED=${SEED})`,
    async () => {
      const met: Met[] = [];
      const all = fc.sample(schedules({ longest: 3000, losesAtMost: 3, expires: false }), {
        seed: SEED,
        numRuns: SCHEDULES,
      });
      const lane = async () => {
        for (let schedule = all.pop(); schedule; schedule = all.pop()) {
          const one = schedule;
          met.push(
            await run(new RealWorld(stack, proxy), one).catch((cause) => {
              all.length = 0;
              throw new Error(`SEED=${SEED}, schedule ${JSON.stringify(one)}: ${cause.message}`, { cause });
            }),
          );
          if (met.length % 50 === 0) process.stdout.write(`${met.length} of ${SCHEDULES} schedules\n`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
      const { line, rare } = counted(met);
      process.stdout.write(`${met.length} schedules, SEED=${SEED}: ${line}\n`);
      // Of few, shares say nothing.
      if (SCHEDULES >= 100) expect(rare).toEqual([]);
    },
    2 * PATIENCE_MS + SCHEDULES * 10_000,
  );
});
