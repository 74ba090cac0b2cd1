import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { StandardRetryStrategy } from '@smithy/core/retry';

type Token = Awaited<ReturnType<StandardRetryStrategy['acquireInitialRetryToken']>>;
type ErrorInfo = Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>[1];

/** The waits add up to 2 seconds on average and 4 seconds at most, well below a function's timeout. */
const MAX_CONFLICTS = 11;
const FIRST_BACKOFF_MS = 30;
const MAX_BACKOFF_MS = 500;

/** The SDK's defaults for DynamoDB. A custom retry strategy must set them itself. */
const SDK_DEFAULTS = { maxAttempts: 4, baseDelay: 25 };

/**
 * Reasons for cancelling a transaction that may succeed later. The SDK retries a throttled request, but not a transaction that
 * DynamoDB cancels because one of its actions is throttled.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
const TRANSIENT_REASONS = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/**
 * Retries a write, with full jitter, if DynamoDB rejects it because another request is writing the same items, or cancels it
 * because one of its actions is throttled. DynamoDB rejects overlapping transactions instead of queueing them, and the SDK does
 * not retry them. Retries all other errors like the SDK.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
export class ConflictRetryStrategy extends StandardRetryStrategy {
  constructor(maxAttempts = SDK_DEFAULTS.maxAttempts) {
    super({ ...SDK_DEFAULTS, maxAttempts });
  }

  override async refreshRetryTokenForRetry(token: Token, errorInfo: ErrorInfo): Promise<Token> {
    const { base, conflicts } = token instanceof ConflictRetryToken ? token : { base: token, conflicts: 0 };
    if (!isConflict(errorInfo.error)) return super.refreshRetryTokenForRetry(base, errorInfo);
    if (conflicts === MAX_CONFLICTS) throw new Error('The write conflicted too often.');
    return new ConflictRetryToken(base, conflicts + 1);
  }
}

/** A retry after a conflict. It counts neither toward the SDK's maximum number of attempts nor toward its retry quota. */
class ConflictRetryToken implements Token {
  private readonly delay: number;

  constructor(
    readonly base: Token,
    readonly conflicts: number,
  ) {
    this.delay = Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (conflicts - 1));
  }

  getRetryCount(): number {
    return this.base.getRetryCount();
  }

  getRetryDelay(): number {
    return this.delay;
  }

  getRetryCost(): number | undefined {
    return this.base.getRetryCost();
  }
}

/** Returns whether a cancellation reason is temporary. */
export function isTransient(code: string | undefined): boolean {
  return code !== undefined && TRANSIENT_REASONS.includes(code);
}

/** Returns whether a write failed only because of conflicts or throttling. */
function isConflict(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  const failed = error.CancellationReasons?.filter(({ Code }) => Code !== 'None') ?? [];
  return failed.length > 0 && failed.every(({ Code }) => isTransient(Code));
}
