import { isObject } from '../core/service';

/** The position that a shard iterator of DynamoDB Streams contains. */
export interface ShardPosition {
  readonly streamArn: string;
  readonly shardId: string;
  /** Reading continues after this sequence number. */
  readonly after: string;
}

export function encodeShardIterator(position: ShardPosition): string {
  return Buffer.from(JSON.stringify(position)).toString('base64');
}

/** Decodes a shard iterator. Returns undefined for other text. */
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
