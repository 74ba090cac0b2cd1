import { priceSession } from '../src/cost/price-session';
import { PRICES } from '../src/cost/prices';
import { Records } from '../src/records';
import { SessionUsage } from '../src/records/session-usage';
import type { ExecutionRecord } from '../src/states';
import type { Opening } from '../src/websocket-api/frame-recorder';
import { DISCARD_FRAMES } from '../src/websocket-api/frame-recorder';

describe('the usage of a session', () => {
  const KB = 1024;
  const openings = () => {
    let number = 0;
    return { ...DISCARD_FRAMES, open: () => ({ number: ++number }) };
  };

  it('counts messages in units of 32 KB, and the frames from clients', () => {
    const usage = new SessionUsage();
    const recorder = usage.watch(DISCARD_FRAMES);
    recorder.add('a', 'in', '', {});
    recorder.add('a', 'in', 'x'.repeat(32 * KB), {});
    recorder.add('a', 'out', Buffer.alloc(32 * KB + 1), {});
    recorder.add('a', 'out', 'é'.repeat(32 * KB), {});
    expect([usage.framesIn, usage.messages]).toEqual([2, 6]);
  });

  it.each([
    ['', 2],
    ['x'.repeat(125), 127],
    ['é'.repeat(63), 130],
    [Buffer.alloc(65_536), 65_546],
  ])('counts the bytes of frames to clients, including frame headers', (payload, bytes) => {
    const usage = new SessionUsage();
    const recorder = usage.watch(DISCARD_FRAMES);
    recorder.add('a', 'in', 'not counted', {});
    recorder.add('a', 'out', payload, {});
    expect(usage.bytesOut).toBe(bytes);
  });

  it('counts accepted connections, and the minutes until each connection closes', () => {
    jest.useFakeTimers({ now: 0 });
    try {
      const usage = new SessionUsage();
      const recorder = usage.watch(openings());
      const [a, b] = ['a', 'b'].map((connectionId) => recorder.open({ connectionId } as Opening));
      recorder.update(a as { number: number }, { state: 'running' });
      recorder.update(a as { number: number }, { state: 'ok' });
      recorder.update(a as { number: number }, { state: 'ok' });
      recorder.update(b as { number: number }, { state: 'failed' });
      jest.setSystemTime(60_000);
      expect([usage.connections, usage.connectionMinutes]).toEqual([1, 1]);
      recorder.add('a', 'close', '', {});
      recorder.add('b', 'close', '', {});
      jest.setSystemTime(120_000);
      expect([usage.connectionMinutes, usage.messages]).toEqual([1, 0]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('counts events in units of 64 KB', () => {
    const usage = new SessionUsage();
    usage.addEvent({ id: '1' });
    usage.addEvent({ text: 'x'.repeat(64 * KB) });
    expect(usage.events).toBe(3);
  });

  it('counts the duration of Express executions in steps of 100 ms, and the transitions of Standard executions', () => {
    const usage = new SessionUsage();
    const record = {
      startDate: 0,
      stopDate: 101,
      transitionsDropped: 3,
      transitions: [{ retries: 2 }, { retries: 0 }],
    };
    usage.addExecution({ ...record, type: 'EXPRESS' } as unknown as ExecutionRecord);
    expect([usage.expressExecutions, usage.expressMillis, usage.stateTransitions]).toEqual([1, 200, 0]);
    usage.addExecution({ ...record, type: 'STANDARD' } as unknown as ExecutionRecord);
    expect([usage.expressExecutions, usage.expressMillis, usage.stateTransitions]).toEqual([1, 200, 7]);
  });
});

describe('the price of a session', () => {
  it('multiplies the usage by the prices, and omits unused services', () => {
    const records = new Records();
    const metric = (namespace: string, name: string, FunctionName = '') =>
      records.openMetric({ namespace, name, unit: 'Count', dimensions: { FunctionName } });
    metric('AWS/Lambda', 'Invocations')(4);
    metric('AWS/Lambda', 'Duration', 'small')(500);
    metric('AWS/Lambda', 'Duration', 'large')(1000);
    metric('AWS/DynamoDB', 'ConsumedWriteCapacityUnits')(3);
    metric('AWS/ApiGateway', 'Count')(2);
    records.addLog({ functionName: 'small', requestId: '1', stream: 'stdout', line: 'é' }, 'Small');
    records.traces.receive('{"trace_id":"1-a","id":"b"}');
    records.usage.watch(DISCARD_FRAMES).add('a', 'in', 'x', {});
    const functions = [
      { name: 'small', memoryMb: 512 },
      { name: 'large', memoryMb: 2048 },
    ] as unknown as Parameters<typeof priceSession>[0]['app']['functions'];
    const calls = { 'sqs.SendMessage': 5, 'sqs.ReceiveMessage': 2, 'ssm.GetParameter': 9 };
    const cost = priceSession({ app: { functions }, records, calls });
    const { dollars } = PRICES;
    expect(cost.lines.map(({ usage, count }) => [usage, count])).toEqual([
      ['WebSocket messages', 1],
      ['HTTP API requests', 2],
      ['requests', 4],
      ['GB-seconds', 2.25],
      ['write units', 3],
      ['requests', 7],
      ['GB', 3 / 1024 ** 3],
      ['sampled traces', 0.05],
    ]);
    expect(cost.lines[4]?.price).toBe(3 * dollars.dynamodbWriteUnit);
    expect(cost.lines[5]).toEqual({
      service: 'SQS',
      usage: 'requests',
      count: 7,
      price: 7 * dollars.queueRequest,
    });
    expect(cost).toMatchObject({ date: PRICES.date, framesIn: 1, httpRequests: 2, connections: 0 });
  });
});
