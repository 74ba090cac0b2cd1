import type { JsonObject } from '../core/service';

/** A record in the format of GetRecords. */
export interface StreamRecord {
  readonly dynamodb: {
    /** The creation time in epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly SequenceNumber: string;
    readonly [member: string]: unknown;
  };
  /** Present if Time to Live (TTL) deleted the item. */
  readonly userIdentity?: { readonly PrincipalId: string; readonly Type: string };
  readonly [member: string]: unknown;
}

/** A stream record in a function's event. */
export interface StreamEventRecord extends JsonObject {
  readonly dynamodb: StreamRecord['dynamodb'];
}

/**
 * Converts a record from GetRecords to a record of a Lambda event. In Lambda events, the members of `userIdentity` are in lower
 * case.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#ddb-example-event
 */
export function createStreamEventRecord(record: StreamRecord, streamArn: string): StreamEventRecord {
  const { userIdentity, ...rest } = record;
  return {
    ...rest,
    ...(userIdentity && {
      userIdentity: { principalId: userIdentity.PrincipalId, type: userIdentity.Type },
    }),
    eventSourceARN: streamArn,
  };
}
