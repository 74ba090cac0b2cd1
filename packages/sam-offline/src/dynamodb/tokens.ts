import { createHash } from 'node:crypto';
import { AwsError } from '../core/service';
import { stableJson } from './json';
import { prefixes } from './keys';
import type { Store } from './store';
import type { Operation } from './types';

/** How long a token counts after the request that used it is completed: ten minutes, as on AWS. */
const VALID_MS = 10 * 60 * 1000;

interface Used {
  /** A digest of the request's parameters. */
  readonly digest: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The ClientRequestTokens of TransactWriteItems. A token is stored in the same batch as what its transaction
 * writes, so a retry after a crash does not do the work twice either.
 */
export class Tokens {
  private readonly inProgress = new Map<string, string>();

  private constructor(
    private readonly store: Store,
    private readonly used: Map<string, Used>,
  ) {}

  static async open(store: Store): Promise<Tokens> {
    const used = new Map<string, Used>();
    for await (const [key, value] of store.entries({ gte: prefixes.token, lt: `${prefixes.token}\uffff` })) {
      used.set(key.slice(prefixes.token.length), value as Used);
    }
    return new Tokens(store, used);
  }

  /**
   * Runs `work` under `token`, unless a request with this token has succeeded already: then `repeat`.
   *
   * `work` gets the operations that store the token, to commit with its own. If it throws, the token is as if
   * it had never been used.
   *
   * @throws AwsError `IdempotentParameterMismatchException`, `TransactionInProgressException`, `ValidationException`
   */
  async once<T>(
    token: string,
    parameters: unknown,
    work: (marks: readonly Operation[]) => Promise<T>,
    repeat: () => Promise<T>,
  ): Promise<T> {
    const digest = digestOf(parameters);
    const known = this.known(token);
    if (known) {
      if (known.digest !== digest) throw mismatch();
      return await repeat();
    }
    const running = this.inProgress.get(token);
    if (running !== undefined) throw running === digest ? stillInProgress() : mismatch();
    this.inProgress.set(token, digest);
    try {
      const used = { digest, at: Date.now() };
      const result = await work(this.marks(token, used));
      this.used.set(token, used);
      return result;
    } finally {
      this.inProgress.delete(token);
    }
  }

  /** Forgets the tokens that count no more. */
  async forgetExpired(now: number): Promise<void> {
    const expired = [...this.used].filter(([, { at }]) => at + VALID_MS <= now).map(([token]) => token);
    for (const token of expired) this.used.delete(token);
    await this.store.commit(expired.map((token) => ({ type: 'del', key: prefixes.token + token })));
  }

  private marks(token: string, used: Used): Operation[] {
    return this.store.onDisk ? [{ type: 'put', key: prefixes.token + token, value: used }] : [];
  }

  private known(token: string): Used | undefined {
    const used = this.used.get(token);
    return used && used.at + VALID_MS > Date.now() ? used : undefined;
  }
}

function mismatch(): AwsError {
  return new AwsError(
    'IdempotentParameterMismatchException',
    'The request uses the same client token as a previous, but non-identical request. ' +
      'Do not reuse a client token with different requests, unless the requests are identical.',
  );
}

function stillInProgress(): AwsError {
  return new AwsError(
    'TransactionInProgressException',
    'The transaction with the given request token is already in progress.',
  );
}

function digestOf(parameters: unknown): string {
  return createHash('sha256').update(stableJson(parameters)).digest('base64');
}
