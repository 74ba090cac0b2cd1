import { AwsError, type CallContext, type JsonObject } from '../core/service';
import type { Sleep } from '../time/runtime-clock';
import type { DeliveryReport } from './delivery-segment';
import type { TargetModel } from './model';

export interface DeliveryOptions {
  /** Sends an input, usually an event, to a target. Throws AwsError if the target's service rejects the input. */
  readonly deliver: (targetArn: string, input: unknown, context: CallContext) => Promise<void>;
  /** Sends a message with string attributes to a dead-letter queue. */
  readonly deadLetter: (
    queueArn: string,
    body: string,
    attributes: Record<string, string>,
    context: CallContext,
  ) => Promise<void>;
  /** Returns the time in epoch milliseconds. */
  readonly clock: () => number;
  readonly sleep: Sleep;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly log: (line: string) => void;
  /** Aborted when the runtime closes. Retries then end. */
  readonly closing: AbortSignal;
}

/** The error of a delivery that was interrupted because the runtime closed. */
export const CLOSED = 'CLOSED';

/** The maximum delay of the first retry. The maximum doubles with each retry, up to `MAX_DELAY_MILLIS`. */
const BASE_DELAY_MILLIS = 200;
const MAX_DELAY_MILLIS = 60_000;

const THROTTLING_CODES = [
  'ExecutionLimitExceeded',
  'LimitExceededException',
  'OverLimit',
  'RequestThrottled',
  'ServiceUnavailable',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
];

/** An event for a target. The target receives `input`. The dead-letter queue receives `event`. */
export interface Delivery {
  readonly ruleArn: string;
  readonly target: TargetModel;
  readonly event: JsonObject;
  readonly input: unknown;
}

/**
 * Delivers an event to a target. Retries throttling errors and service errors with exponential back-off and full jitter, up to
 * the target's maximum number of attempts or event age. After other errors, sends the event to the dead-letter queue without a
 * retry. Never rejects.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
 */
export async function deliverToTarget(
  { ruleArn, target, event, input }: Delivery,
  context: CallContext,
  options: DeliveryOptions,
): Promise<DeliveryReport> {
  const acceptedAt = options.clock();
  const call = target.role ? { ...context, principal: target.role.arn } : context;
  let retries = 0;
  for (; !options.closing.aborted; retries += 1) {
    try {
      await options.deliver(target.arn, input, call);
      return { retries };
    } catch (error) {
      const delay = options.random() * Math.min(BASE_DELAY_MILLIS * 2 ** retries, MAX_DELAY_MILLIS);
      const condition = findExhaustedCondition(target, retries, options.clock() + delay - acceptedAt);
      if (!isRetryable(error) || condition) {
        const attributes = {
          RULE_ARN: ruleArn,
          TARGET_ARN: target.arn,
          ...errorAttributes(error),
          ...(isRetryable(error) && condition ? { EXHAUSTED_RETRY_CONDITION: condition } : {}),
          RETRY_ATTEMPTS: String(retries),
        };
        const isLost = await sendToDeadLetterQueue(target, event, attributes, context, options);
        return { retries, error: attributes.ERROR_CODE, isLost };
      }
      await options.sleep(delay, options.closing);
    }
  }
  return { retries, error: CLOSED };
}

type RetryCondition = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

function findExhaustedCondition(
  target: TargetModel,
  retries: number,
  ageMillis: number,
): RetryCondition | undefined {
  if (retries >= target.maximumRetryAttempts) return 'MaximumRetryAttempts';
  return ageMillis > target.maximumEventAgeSeconds * 1000 ? 'MaximumEventAgeInSeconds' : undefined;
}

function isRetryable(error: unknown): boolean {
  return error instanceof AwsError && (isThrottling(error) || error.status >= 500);
}

function isThrottling({ code, status }: AwsError): boolean {
  return status === 429 || THROTTLING_CODES.includes(code);
}

/**
 * Maps an error to EventBridge's error codes.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
function errorAttributes(error: unknown): { ERROR_CODE: string; ERROR_MESSAGE: string } {
  if (!(error instanceof AwsError)) return { ERROR_CODE: 'INTERNAL_ERROR', ERROR_MESSAGE: String(error) };
  return { ERROR_CODE: toErrorCode(error), ERROR_MESSAGE: error.message || error.code };
}

function toErrorCode(error: AwsError): string {
  if (isThrottling(error) && error.status < 500) return 'THROTTLING';
  if (error.status >= 500) return 'ERROR_FROM_TARGET';
  if (/AccessDenied|NotAuthorized|UnauthorizedOperation/.test(error.code)) return 'NO_PERMISSIONS';
  if (/NotFound|DoesNotExist|NonExistent/.test(error.code)) return 'NO_RESOURCE';
  return /Invalid|Validation/.test(error.code) ? 'INVALID_PARAMETER' : 'SDK_CLIENT_ERROR';
}

/**
 * Sends the event to the dead-letter queue. Without a queue, logs that the event was dropped. AWS only increments a metric.
 *
 * @returns true if the queue did not accept the event.
 */
async function sendToDeadLetterQueue(
  target: TargetModel,
  event: JsonObject,
  attributes: Record<string, string>,
  context: CallContext,
  options: DeliveryOptions,
): Promise<boolean> {
  const delivery = `event ${String(event.id)} for ${target.arn}`;
  const reason = `${attributes.ERROR_CODE}: ${attributes.ERROR_MESSAGE}`;
  if (!target.deadLetterArn) {
    options.log(`EventBridge dropped ${delivery}, because the target has no dead-letter queue. ${reason}`);
    return false;
  }
  try {
    await options.deadLetter(target.deadLetterArn, JSON.stringify(event), attributes, context);
    options.log(`EventBridge sent ${delivery} to the dead-letter queue. ${reason}`);
    return false;
  } catch (error) {
    options.log(
      `EventBridge dropped ${delivery}, because the dead-letter queue failed with ${String(error)}. ${reason}`,
    );
    return true;
  }
}
