import type { IncomingMessage } from 'node:http';
import { readIdentitySource } from '../api-gateway/authorizers/identity-source';
import { isUnauthorizedError, readPolicyResponse } from '../api-gateway/authorizers/lambda-response';
import { ResultCache } from '../api-gateway/authorizers/result-cache';
import type { Invoke } from '../core/service';
import { evaluatePolicies, type PolicyStatement } from '../iam/policy';
import type { Access } from './access';
import { createRestEvent, type RestRequestFacts } from './event';
import { GatewayError } from './gateway-response';
import type { RestLambdaAuthorizerModel } from './model';

interface AuthorizerCall {
  readonly facts: RestRequestFacts;
  /** The ARN of the method, with the path of the request. */
  readonly methodArn: string;
  readonly invoke: Invoke;
}

/** Authorizes a request. */
type RunLambdaAuthorizer = (
  authorizer: RestLambdaAuthorizerModel,
  request: IncomingMessage,
  call: AuthorizerCall,
) => Promise<Access>;

/**
 * Runs the Lambda authorizers of REST APIs, and caches their results by the values of the identity sources. A cached policy
 * is evaluated for every request.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export function createLambdaAuthorizers(): RunLambdaAuthorizer {
  const cache = new ResultCache();

  return async (authorizer, request, { facts, methodArn, invoke }) => {
    const { identitySources, denial, cacheSeconds } = authorizer;
    const { body: _body, isBase64Encoded: _encoded, ...event } = createRestEvent(request, facts);
    const values = identitySources.map((source) =>
      readIdentitySource(source, {
        headers: event.headers,
        query: event.queryStringParameters ?? {},
        stageVariables: facts.api.stageVariables,
        context: event.requestContext,
      }),
    );
    const missing = values.indexOf(undefined);
    if (missing >= 0) {
      const source = identitySources[missing]?.replace(/^route\./, 'method.');
      throw new GatewayError({ type: 'UNAUTHORIZED', reason: `The identity source ${source} is missing.` });
    }
    const [token = ''] = values;
    if (authorizer.validation !== undefined && !new RegExp(`^(?:${authorizer.validation})$`).test(token)) {
      const reason = `The token does not match ${authorizer.validation}.`;
      throw new GatewayError({ type: 'UNAUTHORIZED', reason });
    }
    if (denial !== undefined)
      throw new GatewayError({ type: 'AUTHORIZER_CONFIGURATION_ERROR', reason: denial });
    const isCached = cacheSeconds > 0 && values.length > 0;
    const key = JSON.stringify([authorizer.id, facts.api.stage, ...values]);
    const cached = isCached ? cache.get(key, facts.now) : undefined;
    if (cached) return toAccess(cached.payload, methodArn);
    const input =
      authorizer.type === 'TOKEN'
        ? { type: 'TOKEN', methodArn, authorizationToken: token }
        : { type: 'REQUEST', methodArn, ...event };
    const payload = await run(authorizer, input, invoke);
    // A result that is not valid is not cached.
    if (readPolicyResponse(payload, methodArn).kind !== 'invalid' && isCached)
      cache.set(key, payload, facts.now, cacheSeconds);
    return toAccess(payload, methodArn);
  };
}

/** Invokes an authorizer's function, and returns its result. */
async function run(
  { functionArn }: RestLambdaAuthorizerModel,
  input: object,
  invoke: Invoke,
): Promise<unknown> {
  const { payload, functionError } = await invoke(functionArn, input).catch((error: unknown) => {
    const reason = `The authorizer could not be invoked: ${error}`;
    throw new GatewayError({ type: 'AUTHORIZER_CONFIGURATION_ERROR', reason });
  });
  if (functionError === undefined) return payload;
  const reason = `The authorizer failed: ${JSON.stringify(payload)}`;
  throw new GatewayError({
    type: isUnauthorizedError(payload) ? 'UNAUTHORIZED' : 'AUTHORIZER_FAILURE',
    reason,
  });
}

function toAccess(payload: unknown, methodArn: string): Access {
  const decision = readPolicyResponse(payload, methodArn);
  if (decision.kind === 'invalid')
    throw new GatewayError({ type: 'AUTHORIZER_CONFIGURATION_ERROR', reason: decision.reason });
  if (decision.kind === 'denied') {
    const message = isExplicitlyDenied(payload, methodArn)
      ? 'User is not authorized to access this resource with an explicit deny'
      : undefined;
    const reason = 'The authorizer denied the request.';
    throw new GatewayError({ type: 'ACCESS_DENIED', reason, ...(message !== undefined && { message }) });
  }
  const { context, principalId, usageIdentifierKey } = decision;
  return {
    // API Gateway converts the values of the context to strings.
    authorizer: {
      principalId,
      ...Object.fromEntries(Object.entries(context).map(([name, value]) => [name, String(value)])),
    },
    ...(usageIdentifierKey === undefined ? {} : { usageIdentifierKey }),
  };
}

function isExplicitlyDenied(payload: unknown, methodArn: string): boolean {
  const { policyDocument } = payload as { policyDocument: { Statement?: unknown } };
  const statements = [policyDocument.Statement ?? []].flat() as PolicyStatement[];
  const request = { action: 'execute-api:Invoke', resource: methodArn };
  return evaluatePolicies(statements, request) === 'explicitDeny';
}
