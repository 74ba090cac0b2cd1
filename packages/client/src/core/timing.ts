// All values are in milliseconds.

/** Delay before a gap is filled. Pushes can overtake each other, so most gaps close without a request. */
export const GAP_MS = 500;

/** API Gateway closes connections after two hours. The spread prevents clients from reconnecting all at once. */
export const ROTATE_MS = 100 * 60_000;
export const ROTATE_SPREAD_MS = 15 * 60_000;
export const ROTATE_RETRY_MS = 30_000;
/** The replaced connection stays open this long, because the server's fan-out index lists a new connection with a delay. */
export const LINGER_MS = 5000;

/** API Gateway closes connections that are idle for ten minutes. */
export const MIN_HEARTBEAT_MS = 60_000;
export const MAX_HEARTBEAT_MS = 8 * 60_000;
/** Delays of the two additional pings after a join or a gap. */
export const FIRST_CHECK_MS = 2000;
export const SECOND_CHECK_MS = 10_000;

/**
 * Average delay before a read position is sent. The delay is random, so that one user's announcement can include the positions
 * of others.
 */
export const READ_DELAY_MS = 1000;

/** A token is replaced this long before it expires, or when half of its remaining time has passed. */
export const TOKEN_LEAD_MS = 60_000;

export const OPEN_TIMEOUT_MS = 20_000;
export const REPLY_TIMEOUT_MS = 10_000;
export const PONG_TIMEOUT_MS = 5000;

export const MIN_BACKOFF_MS = 500;
export const MAX_BACKOFF_MS = 30_000;
/** Retry delay for temporary problems without `retryAfterMs`, and for errors from API Gateway. */
export const RETRY_MS = 1000;

/** The server remembers a `clientMsgId` for 24 hours. A later retry could store the message twice. */
export const RETRY_WINDOW_MS = 23 * 3600_000;
