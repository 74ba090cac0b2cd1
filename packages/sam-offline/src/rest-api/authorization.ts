import type { IncomingMessage } from 'node:http';
import { formatArn } from '../aws/arn';
import type { Invoke } from '../core/service';
import { decodePath } from '../http/decode';
import type { IamCaller, RouteRequest } from '../iam/access-control';
import type { Access } from './access';
import { createCognitoAuthorizer } from './cognito-authorizer';
import type { RestRequestFacts } from './event';
import { GatewayError } from './gateway-response';
import { createLambdaAuthorizers } from './lambda-authorizer';

/** Returns the caller of a signed request, or undefined if the request is rejected. */
type FindCaller = (request: RouteRequest) => IamCaller | undefined;

/**
 * Authorizes a request with the method's authorization: IAM, a Lambda authorizer, user pools or none.
 *
 * @throws GatewayError if the request is not authorized
 */
export type Authorize = (
  request: IncomingMessage,
  facts: RestRequestFacts,
  invoke: Invoke,
) => Promise<Access>;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html */
export function createAuthorization(findCaller: FindCaller): Authorize {
  const runLambdaAuthorizer = createLambdaAuthorizers();
  const runCognitoAuthorizer = createCognitoAuthorizer();

  return async (request, facts, invoke) => {
    const { requiresIam, authorizer, scopes = [] } = facts.match.route;
    if (requiresIam) return { caller: requireCaller(request, facts, findCaller) };
    if (!authorizer) return {};
    if (authorizer.type === 'COGNITO_USER_POOLS')
      return runCognitoAuthorizer(authorizer, scopes, request, facts.now);
    const path = decodePath(facts.path);
    const methodArn = formatArn(
      facts,
      'execute-api',
      `${facts.api.apiId}/${facts.api.stage}/${request.method}${path}`,
    );
    return runLambdaAuthorizer(authorizer, request, { facts, methodArn, invoke });
  };
}

function requireCaller(
  { method = 'GET', url = '/', headers }: IncomingMessage,
  { api, path, body, now }: RestRequestFacts,
  findCaller: FindCaller,
): IamCaller {
  if (headers.authorization === undefined && !/[?&]X-Amz-Signature=/.test(url))
    throw new GatewayError({ type: 'MISSING_AUTHENTICATION_TOKEN', reason: 'The request is not signed.' });
  const { apiId, stage } = api;
  const route = `${method}${decodePath(path)}`;
  const caller = findCaller({ method, url, headers, body, apiId, stage, route, now });
  if (caller) return caller;
  const reason =
    'The signature is not valid, the caller may not invoke the method, or a page of another origin sent the request.';
  throw new GatewayError({ type: 'ACCESS_DENIED', reason });
}
