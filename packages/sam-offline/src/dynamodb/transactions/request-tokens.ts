import { createHash } from 'node:crypto';
import { AwsError } from '../../core/service';
import { stableJson } from '../stable-json';
import { keyPrefixes } from '../storage/keys';
import type { Store } from '../storage/store';
import type { StoreOperation } from '../types';

/** On AWS, a token is valid for ten minutes after the request completes. */
const VALIDITY_MS = 10 * 60 * 1000;

interface CompletedRequest {
  /** A digest of the request parameters. */
  readonly digest: string;
  /** The time of the request, in epoch milliseconds. */
  readonly at: number;
}

/**
 * Stores the ClientRequestTokens of TransactWriteItems. A token is committed in the same batch as the writes of its
 * transaction, so a retry after a crash does not repeat the writes.
 */
export class RequestTokens {
  private readonly inProgress = new Map<string, string>();

  private constructor(
    private readonly store: Store,
    private readonly completed: Map<string, CompletedRequest>,
  ) {}

  static async open(store: Store): Promise<RequestTokens> {
    const completed = new Map<string, CompletedRequest>();
    for await (const [key, value] of store.entries({
      gte: keyPrefixes.token,
      lt: `${keyPrefixes.token}\uffff`,
    })) {
      completed.set(key.slice(keyPrefixes.token.length), value as CompletedRequest);
    }
    return new RequestTokens(store, completed);
  }

  /**
   * Runs `work`, or `replay` if a request with this token has already succeeded.
   *
   * `work` receives the operations that store the token and must commit them together with its own operations. If `work`
   * throws, the token can be used again.
   *
   * @throws AwsError `IdempotentParameterMismatchException`, `TransactionInProgressException`, `ValidationException`
   */
  async runOnce<T>(
    token: string,
    parameters: unknown,
    work: (tokenWrites: readonly StoreOperation[]) => Promise<T>,
    replay: () => Promise<T>,
  ): Promise<T> {
    const digest = digestOf(parameters);
    const previous = this.findValid(token);
    if (previous) {
      if (previous.digest !== digest) throw parameterMismatch();
      return await replay();
    }
    const running = this.inProgress.get(token);
    if (running !== undefined) throw running === digest ? inProgressError() : parameterMismatch();
    this.inProgress.set(token, digest);
    try {
      const request = { digest, at: Date.now() };
      const result = await work(this.tokenWrites(token, request));
      this.completed.set(token, request);
      return result;
    } finally {
      this.inProgress.delete(token);
    }
  }

  /** Deletes the tokens that expired before `now` (epoch milliseconds). */
  async deleteExpired(now: number): Promise<void> {
    const expired = [...this.completed]
      .filter(([, { at }]) => at + VALIDITY_MS <= now)
      .map(([token]) => token);
    for (const token of expired) this.completed.delete(token);
    await this.store.commit(expired.map((token) => ({ type: 'del', key: keyPrefixes.token + token })));
  }

  private tokenWrites(token: string, request: CompletedRequest): StoreOperation[] {
    return this.store.onDisk ? [{ type: 'put', key: keyPrefixes.token + token, value: request }] : [];
  }

  private findValid(token: string): CompletedRequest | undefined {
    const request = this.completed.get(token);
    return request && request.at + VALIDITY_MS > Date.now() ? request : undefined;
  }
}

function parameterMismatch(): AwsError {
  return new AwsError(
    'IdempotentParameterMismatchException',
    'The request uses the same client token as a previous, but non-identical request. ' +
      'Do not reuse a client token with different requests, unless the requests are identical.',
  );
}

function inProgressError(): AwsError {
  return new AwsError(
    'TransactionInProgressException',
    'The transaction with the given request token is already in progress.',
  );
}

function digestOf(parameters: unknown): string {
  return createHash('sha256').update(stableJson(parameters)).digest('base64');
}
