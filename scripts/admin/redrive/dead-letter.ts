import type { Message } from '@aws-sdk/client-sqs';

/** An event of the application's bus, as EventBridge delivers it. */
export interface BusEvent {
  readonly source: string;
  readonly 'detail-type': string;
  /** The time in ISO 8601 format. Undefined for a sweep, because a schedule starts it. */
  readonly time?: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An event that was not delivered, and the cause. */
export interface DeadLetter {
  readonly event: BusEvent;
  readonly cause: string;
}

/**
 * Parses a message of the dead-letter queue. Returns undefined if it has an unknown format. Three senders are known.
 * EventBridge sends a message if it could not start a target
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html). The fan-out workflow sends one if posts failed.
 * Lambda sends one if a clean-up or a notification failed
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
 */
export function parseDeadLetter({ Body = '', MessageAttributes = {} }: Message): DeadLetter | undefined {
  const body = parseObject(Body);
  const attribute = (name: string) => MessageAttributes[name]?.StringValue;
  if (attribute('RULE_ARN') !== undefined) {
    const cause = `EventBridge could not invoke the target: ${attribute('ERROR_CODE') ?? 'no error code'}`;
    return withEvent(body, cause);
  }
  if (attribute('EXECUTION') !== undefined)
    return withEvent(
      body,
      `the workflow failed to process ${attribute('FAILURES') ?? '?'} pages, batches or clean-ups`,
    );
  return withEvent(body?.requestPayload, `the function failed: ${describeResponse(body?.responsePayload)}`);
}

function withEvent(value: unknown, cause: string): DeadLetter | undefined {
  const event = value as Partial<BusEvent> | undefined;
  const isEvent = typeof event?.['detail-type'] === 'string' && typeof event.detail === 'object';
  return isEvent ? { event: event as BusEvent, cause } : undefined;
}

function describeResponse(payload: unknown): string {
  const { errorType } = (payload ?? {}) as { errorType?: unknown };
  return typeof errorType === 'string' ? errorType : 'no error type';
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
