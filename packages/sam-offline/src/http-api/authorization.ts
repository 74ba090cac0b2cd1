import type { IncomingMessage } from 'node:http';
import { readIdentitySource } from '../api-gateway/authorizers/identity-source';
import { formatArn } from '../aws/arn';
import type { Invoke } from '../core/service';
import type { RequestFacts } from '../http-invocation/event';
import type { IamCaller, RouteRequest } from '../iam/access-control';
import type { Access } from './access';
import { createJwtAuthorizers } from './jwt-authorizer';
import { createIdentityValues, createLambdaAuthorizers } from './lambda-authorizer';
import type { Match } from './routes';

export interface AuthorizationPorts {
  readonly invoke: Invoke;
  /** Returns the caller of a signed request, or undefined if the request is rejected. */
  findCaller(request: RouteRequest): IamCaller | undefined;
}

/** Authorizers do not receive the request body, which can be large. */
const NO_BODY = Buffer.alloc(0);

/** Authorizes a request with the route's authorization: IAM, a Lambda authorizer, a JWT authorizer or none. */
export type Authorize = (
  request: IncomingMessage,
  match: Match,
  facts: RequestFacts,
  routeRequest: RouteRequest,
) => Promise<Access>;

/**
 * Creates the authorization of HTTP APIs.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
 */
export function createAuthorization({ invoke, findCaller }: AuthorizationPorts): Authorize {
  const runLambdaAuthorizer = createLambdaAuthorizers(invoke);
  const runJwtAuthorizer = createJwtAuthorizers();

  return async (request, { route }, requestFacts, routeRequest) => {
    const facts = { ...requestFacts, body: NO_BODY };
    const { requiresIam, authorizer, scopes = [] } = route;
    if (requiresIam) {
      const iam = findCaller(routeRequest);
      return iam
        ? { identity: { iam } }
        : {
            status: 403,
            reason: 'The caller may not invoke the route, or a page of another origin sent the request.',
          };
    }
    if (authorizer?.type === 'REQUEST') {
      const { apiId, stage, route: path } = routeRequest;
      const routeArn = formatArn(facts, 'execute-api', `${apiId}/${stage}/${path}`);
      return runLambdaAuthorizer(authorizer, { request, facts, routeArn });
    }
    if (authorizer?.type === 'JWT') {
      const value = readIdentitySource(authorizer.identitySource, createIdentityValues(request, facts));
      return runJwtAuthorizer(authorizer, value, scopes, facts.now);
    }
    return {};
  };
}
