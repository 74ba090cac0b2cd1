import { isObject } from '../core/service';

/** The position that a shard iterator of DynamoDB Streams contains. */
export interface ShardPosition {
  readonly streamArn: string;
  readonly shardId: string;
  /** The sequence number after which records are returned. */
  readonly after: string;
}

export function encodeShardIterator(position: ShardPosition): string {
  return Buffer.from(JSON.stringify(position)).toString('base64');
}

/** Returns undefined for any other text. */
export function decodeShardIterator(iterator: string): ShardPosition | undefined {
  try {
    const position: unknown = JSON.parse(Buffer.from(iterator, 'base64').toString());
    if (!isObject(position)) return undefined;
    const { streamArn, shardId, after } = position;
    if (typeof streamArn !== 'string' || typeof shardId !== 'string' || typeof after !== 'string')
      return undefined;
    return /^\d+$/.test(after) ? { streamArn, shardId, after } : undefined;
  } catch {
    return undefined;
  }
}
