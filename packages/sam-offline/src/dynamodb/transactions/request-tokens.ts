import { createHash } from 'node:crypto';
import { AwsError } from '../../core/service';
import { stableJson } from '../stable-json';
import { keyPrefixes } from '../storage/keys';
import type { Store } from '../storage/store';
import type { StoreOperation } from '../types';

/** How long a token counts after the request that used it is completed: ten minutes, as on AWS. */
const VALIDITY_MS = 10 * 60 * 1000;

interface CompletedRequest {
  /** A digest of the request's parameters. */
  readonly digest: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The ClientRequestTokens of TransactWriteItems. A token is stored in the same batch as what its transaction
 * writes, so a retry after a crash does not do the work twice either.
 */
export class RequestTokens {
  private readonly inProgress = new Map<string, string>();

  private constructor(
    private readonly store: Store,
    private readonly completed: Map<string, CompletedRequest>,
  ) {}

  static async open(store: Store): Promise<RequestTokens> {
    const used = new Map<string, CompletedRequest>();
    for await (const [key, value] of store.entries({
      gte: keyPrefixes.token,
      lt: `${keyPrefixes.token}\uffff`,
    })) {
      used.set(key.slice(keyPrefixes.token.length), value as CompletedRequest);
    }
    return new RequestTokens(store, used);
  }

  /**
   * Runs `work` under `token`, unless a request with this token has succeeded already: then `repeat`.
   *
   * `work` gets the operations that store the token, to commit with its own. If it throws, the token is as if
   * it had never been used.
   *
   * @throws AwsError `IdempotentParameterMismatchException`, `TransactionInProgressException`, `ValidationException`
   */
  async runOnce<T>(
    token: string,
    parameters: unknown,
    work: (marks: readonly StoreOperation[]) => Promise<T>,
    repeat: () => Promise<T>,
  ): Promise<T> {
    const digest = digestOf(parameters);
    const known = this.findValid(token);
    if (known) {
      if (known.digest !== digest) throw parameterMismatch();
      return await repeat();
    }
    const running = this.inProgress.get(token);
    if (running !== undefined) throw running === digest ? inProgressError() : parameterMismatch();
    this.inProgress.set(token, digest);
    try {
      const used = { digest, at: Date.now() };
      const result = await work(this.tokenWrites(token, used));
      this.completed.set(token, used);
      return result;
    } finally {
      this.inProgress.delete(token);
    }
  }

  /** Forgets the tokens that count no more. */
  async deleteExpired(now: number): Promise<void> {
    const expired = [...this.completed]
      .filter(([, { at }]) => at + VALIDITY_MS <= now)
      .map(([token]) => token);
    for (const token of expired) this.completed.delete(token);
    await this.store.commit(expired.map((token) => ({ type: 'del', key: keyPrefixes.token + token })));
  }

  private tokenWrites(token: string, used: CompletedRequest): StoreOperation[] {
    return this.store.onDisk ? [{ type: 'put', key: keyPrefixes.token + token, value: used }] : [];
  }

  private findValid(token: string): CompletedRequest | undefined {
    const used = this.completed.get(token);
    return used && used.at + VALIDITY_MS > Date.now() ? used : undefined;
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
