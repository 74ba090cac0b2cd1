/**
 * What API Gateway allows a WebSocket connection; tests shorten it.
 *
 * From "Quotas for configuring and running a WebSocket API" in the API Gateway Developer Guide. The size of a
 * client's buffer is not published: a message of the largest size, several times over.
 */
export interface Limits {
  /** The largest single frame from a client, in bytes. */
  readonly frameBytes: number;
  /** The largest message, whole or in fragments, from a client or to one, in bytes. */
  readonly messageBytes: number;
  /** A connection on which nothing moves for this long is closed. */
  readonly idleMillis: number;
  /** No connection lives longer. */
  readonly lifetimeMillis: number;
  /** No integration may take longer, whatever its route says. */
  readonly integrationMillis: number;
  /** With more than this waiting for a slow client, a post to it is refused with 429. */
  readonly clientBufferBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  frameBytes: 32 * 1024,
  messageBytes: 128 * 1024,
  idleMillis: 10 * 60_000,
  lifetimeMillis: 2 * 60 * 60_000,
  integrationMillis: 29_000,
  clientBufferBytes: 1024 * 1024,
};
