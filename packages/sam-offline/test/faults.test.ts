import { parseFault } from '../src/console/parse-fault';
import { Faults } from '../src/core/faults';
import { AwsError, UnsupportedError } from '../src/core/service';

describe('faults', () => {
  it('returns the members of an error', async () => {
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

  it('rejects members that are not an object', () => {
    const body = JSON.stringify({ service: 'sqs', kind: 'fail', fields: [1] });
    expect(parseFault(body)).toBe('"fields" must be an object.');
  });
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

  it('duplicates no delivery without the fault', () => {
    expect(new Faults().isDuplicateDelivery()).toBe(false);
  });

  it.each([-0.1, 1.1, '1'])('rejects a share of %p', (share) => {
    expect(parseFault(JSON.stringify({ service: 'events', kind: 'duplicate', share }))).toBe(
      '"share" must be a number from 0 to 1.',
    );
  });
});

describe('call counts', () => {
  it('counts failed calls, and not unknown actions', async () => {
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
