import { parseFault } from '../src/console/parse-fault';
import { AwsError, UnsupportedError } from '../src/core/service';
import { Faults } from '../src/faults/faults';
import { createStrictFaults } from '../src/faults/strict-faults';

describe('faults', () => {
  it('returns the fields of an error', async () => {
    const faults = new Faults();
    const fields = { CancellationReasons: [{ Code: 'TransactionConflict' }] };
    const fault = parseFault(
      JSON.stringify({
        service: 'dynamodb',
        action: 'TransactWriteItems',
        kind: 'fail',
        error: 'TransactionCanceledException',
        status: 400,
        fields,
      }),
    );
    if (typeof fault === 'string') throw new Error(fault);
    faults.add(fault);
    const call = faults.intercept('dynamodb', 'TransactWriteItems', {}, async () => 'done');
    await expect(call).rejects.toMatchObject({ code: 'TransactionCanceledException', status: 400, fields });
  });

  it('rejects fields that are not an object', () => {
    const body = JSON.stringify({ service: 'sqs', kind: 'fail', fields: [1] });
    expect(parseFault(body)).toBe('"fields" must be an object.');
  });
});

describe('the text to match', () => {
  const event = { Entries: [{ Detail: JSON.stringify({ username: 'Ada "x"', room: 'lobby' }) }] };

  it.each(['lobby', 'Ada', '"room":"lobby"', '"username":"Ada'])(
    'finds %s in the event of PutEvents',
    async (match) => {
      const faults = new Faults();
      faults.add({ service: 'events', action: 'PutEvents', kind: 'fail', match });
      const call = (input: object) => faults.intercept('events', 'PutEvents', input, async () => 'done');
      await expect(call(event)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
      expect(await call({ Entries: [{ Detail: '{"username":"Bob","room":"1"}' }] })).toBe('done');
    },
  );
});

describe('duplicate deliveries', () => {
  const draw = (fault: object) => {
    const faults = new Faults();
    faults.add({ service: 'events', kind: 'duplicate', ...fault });
    return Array.from({ length: 1000 }, () => faults.isDuplicateDelivery());
  };
  const count = (draws: boolean[]) => draws.filter(Boolean).length;

  it('duplicates the given share of the deliveries', () => {
    expect(count(draw({ share: 0.3, seed: 1 }))).toBeGreaterThan(250);
    expect(count(draw({ share: 0.3, seed: 1 }))).toBeLessThan(350);
    expect([count(draw({})), count(draw({ share: 0 })), count(draw({ times: 2 }))]).toEqual([1000, 0, 2]);
  });

  it('repeats the same duplicates with the same seed', () => {
    expect(draw({ share: 0.5, seed: 7 })).toEqual(draw({ share: 0.5, seed: 7 }));
    expect(draw({ share: 0.5, seed: 7 })).not.toEqual(draw({ share: 0.5, seed: 8 }));
  });

  it.each([1, 2, 3, 4, 5])('spreads duplicates evenly over the deliveries (seed %i)', (seed) => {
    const draws = draw({ share: 0.05, spread: true, seed });
    const windows = Array.from({ length: 50 }, (_, index) => draws.slice(index * 20, index * 20 + 20));
    expect(windows.map(count)).toEqual(windows.map(() => 1));
    expect(new Set(windows.map((window) => window.indexOf(true))).size).toBeGreaterThan(5);
  });

  it('duplicates no delivery without a fault', () => {
    expect(new Faults().isDuplicateDelivery()).toBe(false);
  });

  it.each([-0.1, 1.1, '1'])('rejects a share of %p', (share) => {
    expect(parseFault(JSON.stringify({ service: 'events', kind: 'duplicate', share }))).toBe(
      '"share" must be a number from 0 to 1.',
    );
  });
});

describe('throttling', () => {
  const call = (faults: Faults, service: string, action: string, input: object = {}) =>
    faults.intercept(service, action, input, async () => 'done');

  /** Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html and the API models. */
  it.each([
    ['dynamodb', 'PutItem', 'ThrottlingException', 400],
    ['events', 'PutEvents', 'ThrottlingException', 400],
    ['states', 'StartExecution', 'ThrottlingException', 400],
    ['lambda', 'Invoke', 'TooManyRequestsException', 429],
    ['execute-api', 'PostToConnection', 'LimitExceededException', 429],
  ])('rejects %s %s with %s', async (service, action, code, status) => {
    const throttled: string[] = [];
    const faults = new Faults({ onThrottle: (name) => throttled.push(name) });
    faults.add({ service, kind: 'throttle', times: 1 });
    await expect(call(faults, service, action)).rejects.toMatchObject({ code, status });
    expect(await call(faults, service, action)).toBe('done');
    expect(throttled).toEqual([service]);
  });

  it('cancels a transaction with a reason for each action', async () => {
    const faults = new Faults();
    faults.add({ service: 'dynamodb', kind: 'throttle' });
    await expect(
      call(faults, 'dynamodb', 'TransactWriteItems', { TransactItems: [{}, {}] }),
    ).rejects.toMatchObject({
      code: 'TransactionCanceledException',
      message: expect.stringContaining('[ThrottlingError, None]'),
      fields: {
        CancellationReasons: [
          {
            Code: 'ThrottlingError',
            Message: expect.stringMatching(/^Throughput exceeds the current capacity/),
          },
          { Code: 'None' },
        ],
      },
    });
  });

  it('affects the given share of the calls, and the same calls with the same seed', async () => {
    const draw = async (seed: number) => {
      const faults = new Faults();
      faults.add({ service: 'events', kind: 'throttle', share: 0.2, seed });
      const calls = Array.from({ length: 500 }, () =>
        call(faults, 'events', 'PutEvents').catch(() => 'throttled'),
      );
      return Promise.all(calls);
    };
    const first = await draw(1);
    const count = first.filter((outcome) => outcome === 'throttled').length;
    expect(count).toBeGreaterThan(70);
    expect(count).toBeLessThan(130);
    expect(await draw(1)).toEqual(first);
    expect(await draw(2)).not.toEqual(first);
  });
});

describe('standing faults', () => {
  const standing = [{ service: 'dynamodb', kind: 'index-lag', medianMs: 20 }] as const;

  it('apply from the start, are not listed, and are not cleared', () => {
    const faults = new Faults({ standing });
    faults.clear();
    expect(faults.indexLagMs()).toBe(20);
    expect(faults.list()).toEqual([]);
  });

  it('are replaced by an injected fault of the same kind', () => {
    const faults = new Faults({ standing });
    faults.add({ service: 'dynamodb', kind: 'index-lag', medianMs: 5 });
    expect(faults.indexLagMs()).toBe(5);
    faults.clear();
    expect(faults.indexLagMs()).toBe(20);
  });
});

describe('the faults of strict mode', () => {
  it('occur within a few thousand calls, and depend on the seed', async () => {
    const outcomes = async (seed: number) => {
      const throttled: string[] = [];
      const faults = new Faults({
        standing: createStrictFaults(seed),
        onThrottle: (service) => throttled.push(service),
      });
      const duplicates: boolean[] = [];
      const resets: (number | undefined)[] = [];
      const calls = [
        ...[['dynamodb', 'GetItem'] as const, ['events', 'PutEvents'] as const],
        ...[['execute-api', 'PostToConnection'] as const, ['states', 'StartExecution'] as const],
      ];
      for (let time = 0; time < 1000; time += 1) {
        for (const [service, action] of calls) {
          await faults.intercept(service, action, {}, async () => undefined).catch(() => undefined);
        }
        duplicates.push(faults.isDuplicateDelivery());
        resets.push(faults.idleSocketMs('f'));
      }
      return { throttled, duplicates, resets };
    };
    const { throttled, duplicates, resets } = await outcomes(1);
    expect(new Set(throttled)).toEqual(new Set(['dynamodb', 'events', 'execute-api', 'states']));
    expect(throttled.length).toBeLessThan(120);
    expect(duplicates).toContain(true);
    expect(duplicates.filter(Boolean).length).toBeLessThan(100);
    expect(resets).toContain(0);
    expect((await outcomes(2)).throttled).not.toEqual(throttled);
  });

  it('never throttle Lambda at random, because Lambda throttles by concurrency and request rate', async () => {
    const faults = new Faults({ standing: createStrictFaults(1) });
    for (let time = 0; time < 1000; time += 1) {
      await faults.intercept('lambda', 'Invoke', {}, async () => undefined);
    }
  });
});

describe('call counts', () => {
  it('counts failed calls, but not unknown actions', async () => {
    const faults = new Faults();
    const call = (action: string, work: () => Promise<void>) =>
      faults.intercept('dynamodb', action, {}, work).catch(() => undefined);
    await call('GetItem', async () => undefined);
    await call('GetItem', () => Promise.reject(new AwsError('ValidationException', '')));
    await call('Made', () => Promise.reject(new AwsError('UnknownOperationException', '')));
    await call('Up', () => Promise.reject(new UnsupportedError('')));
    expect(faults.calls()).toEqual({ 'dynamodb.GetItem': 2 });
  });

  it('counts running calls', () => {
    const faults = new Faults();
    void faults.intercept('sqs', 'ReceiveMessage', {}, () => new Promise(() => undefined));
    expect(faults.calls()).toEqual({ 'sqs.ReceiveMessage': 1 });
  });
});
