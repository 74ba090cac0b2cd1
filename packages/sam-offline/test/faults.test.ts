import { Faults } from '../src/core/faults';
import { AwsError, UnsupportedError } from '../src/core/service';
import { parseFault } from '../src/http/fault-input';

describe('faults', () => {
  it('can carry the members of an error', async () => {
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
    const call = faults.around('dynamodb', 'TransactWriteItems', {}, async () => 'done');
    await expect(call).rejects.toMatchObject({ code: 'TransactionCanceledException', status: 400, fields });
  });

  it('refuse members that are no object', () => {
    const body = JSON.stringify({ service: 'sqs', kind: 'fail', fields: [1] });
    expect(parseFault(body)).toBe('"fields" must be an object.');
  });
});

describe('the count of calls', () => {
  it('has those that fail, but none of actions that do not exist', async () => {
    const faults = new Faults();
    const call = (action: string, work: () => Promise<void>) =>
      faults.around('dynamodb', action, {}, work).catch(() => undefined);
    await call('GetItem', async () => undefined);
    await call('GetItem', () => Promise.reject(new AwsError('ValidationException', '')));
    await call('Made', () => Promise.reject(new AwsError('UnknownOperationException', '')));
    await call('Up', () => Promise.reject(new UnsupportedError('')));
    expect(faults.calls()).toEqual({ 'dynamodb.GetItem': 2 });
  });

  it('has calls that are under way', () => {
    const faults = new Faults();
    void faults.around('sqs', 'ReceiveMessage', {}, () => new Promise(() => undefined));
    expect(faults.calls()).toEqual({ 'sqs.ReceiveMessage': 1 });
  });
});
