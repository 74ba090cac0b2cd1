import type { JsonObject } from '../core/service';

/** A record as GetRecords returns it. */
export interface StreamRecord {
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly SequenceNumber: string;
    readonly [member: string]: unknown;
  };
  /** Set for items that TTL deletes. */
  readonly userIdentity?: { readonly PrincipalId: string; readonly Type: string };
  readonly [member: string]: unknown;
}

/** A record of a stream in the event of a function. */
export interface StreamEventRecord extends JsonObject {
  readonly dynamodb: StreamRecord['dynamodb'];
}

/**
 * Creates the record of an event from a record of GetRecords. Lambda writes the members of `userIdentity` in lower case.
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
