import { isObject } from '../../core/service';
import { evaluatePolicies, type PolicyStatement } from '../../iam/policy';

/** The decision of a Lambda authorizer. */
export type Decision =
  | {
      readonly kind: 'allowed';
      readonly principalId?: string;
      readonly context: Readonly<Record<string, unknown>>;
      /** The API key that the authorizer returns. */
      readonly usageIdentifierKey?: string;
    }
  | { readonly kind: 'denied' }
  /** The result does not have the documented format. */
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * Reads the result of an authorizer that returns an IAM policy, and evaluates the policy for a route.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 *
 * @param routeArn the ARN of the route in its stage
 * @param options.allowsNestedContext whether the context can contain objects and arrays. Only HTTP APIs allow it.
 */
export function readPolicyResponse(
  result: unknown,
  routeArn: string,
  { allowsNestedContext = false } = {},
): Decision {
  if (!isObject(result) || !isObject(result.policyDocument))
    return { kind: 'invalid', reason: 'The authorizer returned no policyDocument.' };
  const { principalId, policyDocument, context = {}, usageIdentifierKey } = result;
  if (typeof principalId !== 'string' || principalId === '')
    return { kind: 'invalid', reason: 'The authorizer returned no principalId.' };
  if (!isObject(context))
    return { kind: 'invalid', reason: 'The authorizer returned a context that is not an object.' };
  const nested = Object.keys(context).find(
    (key) => typeof context[key] === 'object' && context[key] !== null,
  );
  if (nested !== undefined && !allowsNestedContext)
    return { kind: 'invalid', reason: `The context of the authorizer has an object or array in ${nested}.` };
  const statements = [policyDocument.Statement ?? []].flat() as PolicyStatement[];
  const request = { action: 'execute-api:Invoke', resource: routeArn };
  if (evaluatePolicies(statements, request) !== 'allowed') return { kind: 'denied' };
  return {
    kind: 'allowed',
    principalId,
    context,
    ...(typeof usageIdentifierKey === 'string' && { usageIdentifierKey }),
  };
}

/**
 * Returns whether an authorizer failed with the error "Unauthorized". API Gateway then returns 401.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export function isUnauthorizedError(payload: unknown): boolean {
  return isObject(payload) && payload.errorMessage === 'Unauthorized';
}

/**
 * Reads the result of an authorizer with simple responses: `{ isAuthorized, context }`.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html#http-api-lambda-authorizer.payload-format-response
 */
export function readSimpleResponse(result: unknown): Decision {
  if (!isObject(result) || typeof result.isAuthorized !== 'boolean')
    return { kind: 'invalid', reason: 'The authorizer returned no boolean isAuthorized.' };
  const { isAuthorized, context } = result;
  if (!isAuthorized) return { kind: 'denied' };
  if (context !== undefined && context !== null && !isObject(context))
    return { kind: 'invalid', reason: 'The authorizer returned a context that is not an object.' };
  return { kind: 'allowed', context: context ?? {} };
}
