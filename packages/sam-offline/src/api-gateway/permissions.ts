import { matchesWildcard } from '../iam/policy';
import { PERMISSION } from '../template/resource-types';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';

/**
 * Returns why API Gateway may not invoke a function for a route, or undefined if a permission of the template allows it.
 * Without a permission, API Gateway returns status 500.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
 *
 * @param sourceArn the ARN of the route: `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/ROUTE`
 */
export function findInvokeDenial(functionArn: string, sourceArn: string, stack: Stack): string | undefined {
  const permissions = stack.listResourcesOf(PERMISSION);
  if (permissions.some((permission) => allows(permission, functionArn, sourceArn, stack))) return undefined;
  const name = stack.findByArn(functionArn)?.logicalId ?? functionArn;
  return (
    `API Gateway has no permission to invoke ${name} for ${sourceArn.replace(/^.*:/, '')}. ` +
    'Add an AWS::Lambda::Permission with the principal apigateway.amazonaws.com.'
  );
}

function allows(
  { properties }: StackResource,
  functionArn: string,
  sourceArn: string,
  stack: Stack,
): boolean {
  const action = properties.getString('Action') ?? '';
  const principal = properties.getString('Principal') ?? '';
  const source = properties.getString('SourceArn');
  return (
    isSameFunction(properties.getString('FunctionName') ?? '', functionArn, stack) &&
    matchesWildcard(action.toLowerCase(), 'lambda:invokefunction') &&
    // A permission with InvokedViaFunctionUrl applies only to function URLs.
    properties.getBoolean('InvokedViaFunctionUrl') !== true &&
    ['apigateway.amazonaws.com', '*'].includes(principal) &&
    (source === undefined || matchesWildcard(source, sourceArn))
  );
}

/** Returns whether a FunctionName identifies a function. It is a name, an ARN or a partial ARN, with an optional qualifier. */
function isSameFunction(name: string, functionArn: string, stack: Stack): boolean {
  const fn = stack.findByArn(functionArn);
  if (stack.findByArn(name) !== undefined) return stack.findByArn(name) === fn;
  return fn !== undefined && name.replace(/^.*function:/, '').replace(/:[^:]*$/, '') === fn.name;
}
