import type { JsonObject } from '../core/service';

/** Message attributes in the format of ReceiveMessage. `BinaryValue` is base64-encoded. */
type MessageAttributes = Readonly<
  Record<string, { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: string }>
>;

/** An SQS record in a Lambda event. */
export interface QueueRecord extends JsonObject {
  readonly messageId: string;
  readonly receiptHandle: string;
}

/**
 * Converts a message from ReceiveMessage to a record of a Lambda event.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
 */
export function createQueueRecord(message: JsonObject, sourceArn: string, region: string): QueueRecord {
  const attributes = (message.MessageAttributes ?? {}) as MessageAttributes;
  const digest = message.MD5OfMessageAttributes;
  return {
    messageId: String(message.MessageId),
    receiptHandle: String(message.ReceiptHandle),
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
        name,
        {
          ...(StringValue === undefined ? {} : { stringValue: StringValue }),
          ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
          stringListValues: [],
          binaryListValues: [],
          dataType: DataType,
        },
      ]),
    ),
    ...(digest === undefined ? {} : { md5OfMessageAttributes: digest }),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: sourceArn,
    awsRegion: region,
  };
}
