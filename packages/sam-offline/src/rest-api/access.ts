import type { IamCaller } from '../iam/access-control';

/** The identity of a request's sender, from the authorization of the method. */
export interface Access {
  readonly caller?: IamCaller;
  /** The value of `requestContext.authorizer` in the event. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
  /** The API key that a Lambda authorizer returns. */
  readonly usageIdentifierKey?: string;
}
