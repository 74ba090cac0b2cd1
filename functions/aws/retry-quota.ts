import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

type AnyRetryStrategy = Awaited<ReturnType<DynamoDBClient['config']['retryStrategy']>>;
/** A strategy with a quota of retries. */
type RetryStrategy = Extract<AnyRetryStrategy, { recordSuccess: unknown }>;

/** The part of an SDK client's configuration that decides about retries. */
export interface RetryConfig {
  retryStrategy(): Promise<AnyRetryStrategy>;
}

/**
 * Refunds the retry quota of a client if the service answers a retry with a client error, such as a failed condition. The SDK
 * refunds it only after a success. Otherwise, an execution environment whose retries often end in failed conditions uses up
 * its quota, and no longer retries after connection errors.
 */
export function refundAnsweredRetries(config: RetryConfig): void {
  const provide = config.retryStrategy;
  let refunding: Promise<AnyRetryStrategy> | undefined;
  config.retryStrategy = () => {
    refunding ??= provide().then((strategy) => addRefund(strategy as RetryStrategy));
    return refunding;
  };
}

function addRefund(strategy: RetryStrategy): RetryStrategy {
  const refresh = strategy.refreshRetryTokenForRetry.bind(strategy);
  strategy.refreshRetryTokenForRetry = async (token, error) => {
    if (error.errorType === 'CLIENT_ERROR') strategy.recordSuccess(token);
    return refresh(token, error);
  };
  return strategy;
}
