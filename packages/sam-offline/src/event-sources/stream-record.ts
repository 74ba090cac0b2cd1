import type { JsonObject } from '../core/service';
import type { StreamRecord } from '../dynamodb/streams/stream';

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
