/** Milliseconds. */

/** A gap is held so long, as pushes overtake each other on the way. */
export const GAP_MS = 500;

/** API Gateway cuts a connection at two hours; the spread keeps a crowd from moving all at once. */
export const ROTATE_MS = 100 * 60_000;
export const ROTATE_SPREAD_MS = 15 * 60_000;
export const ROTATE_RETRY_MS = 30_000;
/** The index by which pushes find a new connection lags, so the old one is kept for a moment. */
export const LINGER_MS = 5000;

/** API Gateway cuts an idle connection at ten minutes. */
export const FIRST_BEAT_MS = 60_000;
export const LAST_BEAT_MS = 8 * 60_000;
/** After a join and after a gap, heads are asked for so much later. */
export const SOON_MS = 2000;
export const LATER_MS = 10_000;

export const OPEN_TIMEOUT_MS = 20_000;
export const REPLY_TIMEOUT_MS = 10_000;
export const PONG_TIMEOUT_MS = 5000;

export const FIRST_BACKOFF_MS = 500;
export const MAX_BACKOFF_MS = 30_000;
/** Where a temporary problem does not say when to try again. */
export const RETRY_MS = 1000;

/** The server knows a `clientMsgId` for 24 hours; a repetition must not come later. */
export const REPEATABLE_MS = 23 * 3600_000;
