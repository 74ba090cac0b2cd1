import type { TargetModel } from '../core/model';
import { AwsError, type CallContext, type JsonObject } from '../core/service';
import type { DeliveryReport } from './delivery-segment';

export interface DeliveryOptions {
  /** Hands an event to a target; throws AwsError if the target's service refuses it. */
  readonly deliver: (targetArn: string, event: JsonObject, context: CallContext) => Promise<void>;
  /** Puts a message with string attributes into a queue. */
  readonly deadLetter: (
    queueArn: string,
    body: string,
    attributes: Record<string, string>,
    context: CallContext,
  ) => Promise<void>;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly sleep: (millis: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: (line: string) => void;
  readonly closed: () => boolean;
}

/** The first retry waits up to this long, each further one up to twice as long as the one before. */
const baseDelayMillis = 200;
const maxDelayMillis = 60_000;

const throttlingCodes = [
  'ExecutionLimitExceeded',
  'LimitExceededException',
  'OverLimit',
  'RequestThrottled',
  'ServiceUnavailable',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
];

/**
 * Delivers one event to one target: again after throttling and service errors, with exponential backoff and
 * full jitter, until the target's maximum number of retries or event age; at once to the dead-letter queue after
 * any other error. Never rejects; resolves to how it went.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
 */
export async function deliverToTarget(
  ruleArn: string,
  target: TargetModel,
  event: JsonObject,
  context: CallContext,
  options: DeliveryOptions,
): Promise<DeliveryReport> {
  const acceptedAt = options.clock();
  let retries = 0;
  for (; !options.closed(); retries += 1) {
    try {
      await options.deliver(target.arn, event, context);
      return { retries };
    } catch (error) {
      const delay = options.random() * Math.min(baseDelayMillis * 2 ** retries, maxDelayMillis);
      const condition = exhausted(target, retries, options.clock() + delay - acceptedAt);
      if (!isRetryable(error) || condition) {
        const attributes = {
          RULE_ARN: ruleArn,
          TARGET_ARN: target.arn,
          ...describeError(error),
          ...(isRetryable(error) && condition ? { EXHAUSTED_RETRY_CONDITION: condition } : {}),
          RETRY_ATTEMPTS: String(retries),
        };
        await giveUp(target, event, attributes, context, options);
        return { retries, error: attributes.ERROR_CODE };
      }
      await options.sleep(delay);
    }
  }
  return { retries, error: 'CLOSED' };
}

type Condition = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

function exhausted(target: TargetModel, retries: number, ageMillis: number): Condition | undefined {
  if (retries >= target.maximumRetryAttempts) return 'MaximumRetryAttempts';
  return ageMillis > target.maximumEventAgeSeconds * 1000 ? 'MaximumEventAgeInSeconds' : undefined;
}

function isRetryable(error: unknown): boolean {
  return error instanceof AwsError && (isThrottling(error) || error.status >= 500);
}

function isThrottling({ code, status }: AwsError): boolean {
  return status === 429 || throttlingCodes.includes(code);
}

/**
 * The error in EventBridge's own codes.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
function describeError(error: unknown): { ERROR_CODE: string; ERROR_MESSAGE: string } {
  if (!(error instanceof AwsError)) return { ERROR_CODE: 'INTERNAL_ERROR', ERROR_MESSAGE: String(error) };
  return { ERROR_CODE: errorCode(error), ERROR_MESSAGE: error.message || error.code };
}

function errorCode(error: AwsError): string {
  if (isThrottling(error) && error.status < 500) return 'THROTTLING';
  if (error.status >= 500) return 'ERROR_FROM_TARGET';
  if (/AccessDenied|NotAuthorized|UnauthorizedOperation/.test(error.code)) return 'NO_PERMISSIONS';
  if (/NotFound|DoesNotExist|NonExistent/.test(error.code)) return 'NO_RESOURCE';
  return /Invalid|Validation/.test(error.code) ? 'INVALID_PARAMETER' : 'SDK_CLIENT_ERROR';
}

/** Without a dead-letter queue the event is dropped, which AWS shows in a metric only; here it is logged. */
async function giveUp(
  target: TargetModel,
  event: JsonObject,
  attributes: Record<string, string>,
  context: CallContext,
  options: DeliveryOptions,
): Promise<void> {
  const what = `event ${String(event.id)} to ${target.arn}: ${attributes.ERROR_CODE} ${attributes.ERROR_MESSAGE}`;
  if (!target.deadLetterArn) {
    options.log(`EventBridge dropped ${what} (no dead-letter queue)`);
    return;
  }
  try {
    await options.deadLetter(target.deadLetterArn, JSON.stringify(event), attributes, context);
    options.log(`EventBridge sent to the dead-letter queue ${what}`);
  } catch (error) {
    options.log(`EventBridge dropped ${what} (dead-letter queue: ${String(error)})`);
  }
}
