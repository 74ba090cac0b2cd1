import { openDynamoDb } from '../src/dynamodb';
import { createSkewedClocks, EXACT_CLOCKS } from '../src/faults/clocks';
import { client, key, N, tableModel } from './support/dynamodb';
import { httpApi, send, startHttpApis } from './support/http-api';
import { createOpener, fn } from './support/lambda';
import { harness, only } from './support/states';
import { createStarter, waitForOpen } from './support/websocket-api';

const SERVICES = ['dynamodb', 'events', 'execute-api', 'sqs', 'states'] as const;
/** 2026-11-22T14:00:00.250Z */
const NOW = 1_795_356_000_250;

/** The result of the fixture `clock.read`. */
interface ClockReading {
  now: number;
  created: number;
  text: string;
  fixed: number;
  isDate: boolean;
  isSameConstructor: boolean;
  remaining: number;
}

describe('skewed clocks', () => {
  it('differ by 2 to 300 ms in both directions, depending on the seed', () => {
    const draw = (seed: number) => {
      const clocks = createSkewedClocks(seed);
      const environments = Array.from({ length: 200 }, () => clocks.drawEnvironmentOffset());
      return [...SERVICES.map(clocks.offsetOf), ...environments];
    };
    const offsets = draw(1);
    for (const offset of offsets) {
      expect(Math.abs(offset)).toBeGreaterThanOrEqual(2);
      expect(Math.abs(offset)).toBeLessThanOrEqual(300);
    }
    expect(Math.min(...offsets)).toBeLessThan(-100);
    expect(Math.max(...offsets)).toBeGreaterThan(100);
    expect(draw(1)).toEqual(offsets);
    expect(draw(2)).not.toEqual(offsets);
  });

  it('keep the offset of a service', () => {
    const clocks = createSkewedClocks(7);
    expect(clocks.offsetOf('states')).toBe(clocks.offsetOf('states'));
  });

  it('are disabled by default', () => {
    expect(SERVICES.map(EXACT_CLOCKS.offsetOf)).toEqual([0, 0, 0, 0, 0]);
    expect(EXACT_CLOCKS.drawEnvironmentOffset()).toBe(0);
  });
});

describe('the clock of an execution environment', () => {
  const open = createOpener();

  it.each([0, 3_600_000, -3_600_000])(
    'differs by %d ms in Date, but not in the remaining time',
    async (offset) => {
      const { invoke } = await open([fn('Clock', 'clock.read')], { drawClockOffset: () => offset });
      const before = Date.now() + offset;
      const { payload } = await invoke('Clock');
      const after = Date.now() + offset;
      const { now, created, text, fixed, isDate, isSameConstructor, remaining } = payload as ClockReading;
      for (const time of [now, created]) {
        expect(time).toBeGreaterThanOrEqual(before);
        expect(time).toBeLessThanOrEqual(after);
      }
      expect(Date.parse(text)).toBeGreaterThanOrEqual(before - 1000); // Date() has no milliseconds
      expect(Date.parse(text)).toBeLessThanOrEqual(after);
      expect({ fixed, isDate, isSameConstructor }).toEqual({
        fixed: 5,
        isDate: true,
        isSameConstructor: true,
      });
      expect(remaining).toBeGreaterThan(0);
      expect(remaining).toBeLessThanOrEqual(20_000);
    },
  );
});

describe('the clock of Step Functions', () => {
  it('determines the time in $millis, $now and the context object', async () => {
    const Output = {
      millis: '{% $millis() %}',
      now: '{% $now() %}',
      year: "{% $now('[Y]', '+0200') %}",
      started: '{% $states.context.Execution.StartTime %}',
      entered: '{% $states.context.State.EnteredTime %}',
    };
    const record = await harness(only({ Type: 'Pass', Output }), undefined, { now: () => NOW + 0.7 }).run();
    const text = '2026-11-22T14:00:00.250Z';
    expect(record.output).toEqual({ millis: NOW, now: text, year: '2026', started: text, entered: text });
  });
});

describe('the clock of API Gateway', () => {
  const start = createStarter();

  it('determines the time in WebSocket events and connections', async () => {
    const { dial, eventsOf, webSocketApis } = await start({ clock: () => NOW });
    const socket = dial('/production');
    await waitForOpen(socket);
    const [event] = await eventsOf('CONNECT');
    expect(event?.requestContext).toMatchObject({
      connectedAt: NOW,
      requestTimeEpoch: NOW,
      requestTime: '22/Nov/2026:14:00:00 +0000',
    });
    const text = '2026-11-22T14:00:00.250Z';
    expect(webSocketApis.connections()).toMatchObject([{ connectedAt: text, lastActiveAt: text }]);
  });

  it('determines the time in HTTP events', async () => {
    const apis = [httpApi(['GET /clock'])];
    const { port, events, stop } = await startHttpApis({ apis, wallClock: () => NOW });
    await send(port, 'GET', '/clock');
    await stop();
    expect(events[0]?.requestContext).toMatchObject({
      timeEpoch: NOW,
      time: '22/Nov/2026:14:00:00 +0000',
    });
  });
});

it('DynamoDB uses its own clock to delete expired items', async () => {
  const table = tableModel();
  const dynamodb = await openDynamoDb({ tables: [table], clock: () => NOW });
  await client(dynamodb).put({ ...key('a', 'expired'), expiresAt: N(Math.floor(NOW / 1000) - 1) });
  await client(dynamodb).put({ ...key('a', 'valid'), expiresAt: N(Math.floor(NOW / 1000) + 1) });
  expect(await dynamodb.expireNow()).toBe(1);
  await dynamodb.close();
});
