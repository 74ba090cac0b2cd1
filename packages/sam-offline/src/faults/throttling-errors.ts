import { AwsError } from '../core/service';

/** DynamoDB's message for a table in on-demand mode, from the description of TransactionCanceledException in the API model. */
const DYNAMODB_MESSAGE =
  'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or ' +
  'index so please try again shortly. If exceptions persist, check if you have a hot key: ' +
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html.';

const ERRORS: Record<string, () => AwsError> = {
  dynamodb: () => new AwsError('ThrottlingException', DYNAMODB_MESSAGE),
  'execute-api': () => new AwsError('LimitExceededException', 'Rate exceeded', 429),
  lambda: () =>
    new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, {
      Type: 'User',
      Reason: 'CallerRateLimitExceeded',
    }),
};

/**
 * Creates the error of a throttled call. Services without a specific error return ThrottlingException:
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
 */
export function createThrottlingError(service: string, action: string, input: unknown): AwsError {
  if (service === 'dynamodb' && action.startsWith('Transact')) return createCancellation(input);
  return ERRORS[service]?.() ?? new AwsError('ThrottlingException', 'Rate exceeded');
}

/**
 * Creates the error of a throttled transaction. Its cancellation reason is ThrottlingError.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
function createCancellation(input: unknown): AwsError {
  const { TransactItems } = input as { TransactItems?: unknown };
  const others = Array.isArray(TransactItems) ? TransactItems.slice(1) : [];
  const CancellationReasons = [
    { Code: 'ThrottlingError', Message: DYNAMODB_MESSAGE },
    ...others.map(() => ({ Code: 'None' })),
  ];
  const codes = CancellationReasons.map(({ Code }) => Code).join(', ');
  return new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    400,
    { CancellationReasons },
  );
}
