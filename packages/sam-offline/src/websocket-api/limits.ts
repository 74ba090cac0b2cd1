/**
 * The limits of a WebSocket connection. Tests use lower limits.
 *
 * Source: "Quotas for configuring and running a WebSocket API" in the API Gateway Developer Guide. AWS does not publish the
 * size of a client's send buffer. The default size is sufficient for eight messages of the maximum size.
 */
export interface Limits {
  /** The maximum size of a frame from a client. */
  readonly frameBytes: number;
  /** The maximum size of a message in either direction, after its frames are joined. */
  readonly messageBytes: number;
  /** The maximum length of a handshake URL. */
  readonly urlCharacters: number;
  /** The time after which an idle connection is closed. */
  readonly idleMillis: number;
  /** The maximum duration of a connection. */
  readonly lifetimeMillis: number;
  /** The maximum duration of an integration. Overrides longer route timeouts. */
  readonly integrationMillis: number;
  /** The size of a client's send buffer. If the buffer is full, PostToConnection fails with status 429. */
  readonly clientBufferBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  frameBytes: 32 * 1024,
  messageBytes: 128 * 1024,
  urlCharacters: 4_096,
  idleMillis: 10 * 60_000,
  lifetimeMillis: 2 * 60 * 60_000,
  integrationMillis: 29_000,
  clientBufferBytes: 1024 * 1024,
};
