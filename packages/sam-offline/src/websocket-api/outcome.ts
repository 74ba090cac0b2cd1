import type { ProxyResult } from './proxy-result';

/** The outcome of an integration. */
export type Outcome =
  /** `reason` is for the log: why the backend rejected a request whose response is not sent to the client. */
  | { readonly ok: true; readonly result: ProxyResult; readonly reason?: string }
  /** `status` is for a handshake, `message` for a connected client, `reason` for the log. */
  | { readonly ok: false; readonly status: number; readonly message: string; readonly reason: string };

/** The message of API Gateway for an integration that fails. */
export const SERVER_ERROR = 'Internal server error';
