import { isObject } from '../core/service';
import type { Subsegment } from './segment';

/** An exception of a failed span. */
interface Exception {
  readonly id?: string;
  readonly type?: string;
  readonly message?: string;
}

/** Finds the exceptions of spans. A span that rethrows an exception can contain the exception's ID as its cause. */
export class Exceptions {
  private readonly byId = new Map<string, Exception>();

  constructor(spans: readonly Subsegment[]) {
    for (const { cause } of spans) {
      for (const exception of listExceptions(cause)) {
        if (exception.id !== undefined) this.byId.set(exception.id, exception);
      }
    }
  }

  /** Returns the error codes of a span: the types of its exceptions, or the cancellation reasons of a transaction. */
  codesOf({ cause }: Subsegment): string[] {
    const referred = typeof cause === 'string' ? this.byId.get(cause) : undefined;
    return (referred ? [referred] : listExceptions(cause)).flatMap(readCodes);
  }
}

function listExceptions(cause: unknown): Exception[] {
  return isObject(cause) && Array.isArray(cause.exceptions) ? cause.exceptions.filter(isObject) : [];
}

/**
 * Returns the error codes of an exception. DynamoDB lists cancellation reasons in the message: `… specific reasons [None,
 * ConditionalCheckFailed]`.
 */
function readCodes({ type = '', message = '' }: Exception): string[] {
  const code = type.replace(/^DynamoDB\./, '');
  const reasons = code === 'TransactionCanceledException' && /\[([\w, ]+)\]/.exec(message)?.[1];
  return reasons ? reasons.split(/, */).filter((reason) => reason !== 'None') : [code];
}
