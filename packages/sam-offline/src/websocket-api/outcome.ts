import type { ProxyResult } from './proxy-result';

/** The outcome of an integration. */
export type Outcome =
  /**
   * A successful call. If the backend rejected the request and the client does not receive the response, `reason` describes the
   * rejection for the log.
   */
  | { readonly ok: true; readonly result: ProxyResult; readonly reason?: string }
  /** A handshake is rejected with `status`. A connected client receives `message`. `reason` is logged. */
  | { readonly ok: false; readonly status: number; readonly message: string; readonly reason: string };

/** API Gateway's message for a failed integration. */
export const SERVER_ERROR = 'Internal server error';
