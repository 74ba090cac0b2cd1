import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OpenMetric } from '../core/metrics';
import type { IamCaller, RouteRequest } from '../iam/access-control';
import type { AccountRates } from './account-rates';

/** The options that HTTP APIs and REST APIs share. */
export interface RequestApisOptions {
  readonly accountId: string;
  readonly region: string;
  /**
   * Returns the caller of a route with IAM authorization, or undefined if the request is denied. Default: denies all requests.
   */
  readonly authorize?: (request: RouteRequest) => IamCaller | undefined;
  /** The maximum size of a request body in bytes. Default: 10 MB, the limit of HTTP APIs and REST APIs. */
  readonly maxBodyBytes?: number;
  /** Returns milliseconds, for throttling. Default: performance.now. */
  readonly clock?: () => number;
  /** Returns the time of events in epoch milliseconds. Default: Date.now. */
  readonly wallClock?: () => number;
  /** The request rates of the account. Default: unlimited. */
  readonly rates?: AccountRates;
  /** Called when a request fails or is rejected, with the reason. The client does not receive the reason. */
  readonly log?: (line: object) => void;
  /** Records the number of requests of each API. */
  readonly openMetric?: OpenMetric;
}

/** The HTTP APIs or the REST APIs of an application. */
export interface RequestApis {
  /** Whether the application has an API of this kind. */
  readonly exist: boolean;
  /** Returns whether a path matches a route or resource of an API, regardless of the method. */
  serves(path: string): boolean;
  /** Returns whether the application has an API with this ID. */
  has(apiId: string): boolean;
  /**
   * Handles a request to the API with this ID or, without an ID, to the API that serves the path. Rejects only if the client
   * disconnects.
   */
  handle(request: IncomingMessage, response: ServerResponse, apiId?: string): Promise<void>;
}

export const MAX_BODY_BYTES = 10 * 1024 * 1024;
