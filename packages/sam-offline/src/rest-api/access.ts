import type { IamCaller } from '../iam/access-control';

/** The sender of a request, according to the authorization of its method. */
export interface Access {
  readonly caller?: IamCaller;
  /** `requestContext.authorizer` of the event. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
  /** The API key that a Lambda authorizer returned. */
  readonly usageIdentifierKey?: string;
}
