import { StandardRetryStrategy } from '@smithy/core/retry';

type Token = Awaited<ReturnType<StandardRetryStrategy['acquireInitialRetryToken']>>;
type ErrorInfo = Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>[1];

const MAX_THROTTLED_DELAY_MS = 200;

/**
 * Retries a throttled call once, after a short delay. The SDK waits 0.75 seconds on average for three attempts. A client that
 * requests replies without reading them would keep a function busy for this time with each reply. Retries other errors like the
 * SDK.
 */
export class ShortThrottleRetryStrategy extends StandardRetryStrategy {
  constructor(maxAttempts: number) {
    let delayBase = 0;
    const backoff = {
      // The SDK's base is 500 ms after throttling, and less after other errors.
      setDelayBase: (ms: number) => {
        delayBase = Math.min(ms, MAX_THROTTLED_DELAY_MS);
      },
      computeNextBackoffDelay: (retries: number) => Math.floor(Math.random() * delayBase * 2 ** retries),
    };
    super({ maxAttempts, backoff });
  }

  override async refreshRetryTokenForRetry(token: Token, errorInfo: ErrorInfo): Promise<Token> {
    if (errorInfo.errorType === 'THROTTLING' && token.getRetryCount() > 0)
      throw new Error('The call was throttled twice.');
    return super.refreshRetryTokenForRetry(token, errorInfo);
  }
}
