import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  cancellationReasons,
  ifConditionHolds,
  itemOfFailedCondition,
  reasonsIfConditionFailed,
} from './errors';

const other = new Error('unreachable');
const conditionFailed = new ConditionalCheckFailedException({ $metadata: {}, message: 'failed' });
const cancel = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: 'cancelled',
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

describe('ifConditionHolds', () => {
  it('returns the result, or undefined if the condition failed', async () => {
    expect(await ifConditionHolds(Promise.resolve('written'))).toBe('written');
    expect(await ifConditionHolds(Promise.reject(conditionFailed))).toBeUndefined();
  });

  it('throws any other error', async () => {
    await expect(ifConditionHolds(Promise.reject(other))).rejects.toBe(other);
  });
});

describe('itemOfFailedCondition', () => {
  it('returns the item that failed the condition', () => {
    const Item = { seq: { N: '7' } };
    const error = new ConditionalCheckFailedException({ $metadata: {}, message: 'failed', Item });
    expect(itemOfFailedCondition(error)).toEqual({ seq: 7 });
  });

  it.each([conditionFailed, other])('throws %s', (error) => {
    expect(() => itemOfFailedCondition(error)).toThrow(error);
  });
});

describe('reasonsIfConditionFailed', () => {
  it('returns the reasons if a condition of the transaction failed, or undefined if the transaction succeeded', async () => {
    const reasons = await reasonsIfConditionFailed(Promise.reject(cancel('None', 'ConditionalCheckFailed')));
    expect(reasons).toEqual([{ Code: 'None' }, { Code: 'ConditionalCheckFailed' }]);
    expect(await reasonsIfConditionFailed(Promise.resolve('written'))).toBeUndefined();
  });

  it.each([cancel('TransactionConflict', 'None'), cancel(), conditionFailed, other])(
    'throws %s',
    async (error) => {
      await expect(reasonsIfConditionFailed(Promise.reject(error))).rejects.toBe(error);
    },
  );
});

describe('cancellationReasons', () => {
  it('returns reasons only for cancelled transactions', () => {
    expect(cancellationReasons(cancel('None'))).toEqual([{ Code: 'None' }]);
    expect(cancellationReasons(conditionFailed)).toBeUndefined();
  });
});
