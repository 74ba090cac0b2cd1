import { evaluatePolicies } from '../iam/policy';
import { createRoleModel } from '../iam/role-template';
import { ROLE } from '../template/resource-types';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import type { CredentialsModel } from './model';

/** Returns the role in a property of a resource. Reports a role that API Gateway may not assume. */
export function readCredentials(
  resource: Pick<StackResource, 'logicalId' | 'properties' | 'deployment'>,
  key: string,
  stack: Stack,
): CredentialsModel | undefined {
  const { properties } = resource;
  const arn = properties.getString(key);
  if (arn === undefined) return undefined;
  const role = stack.findByArn(arn);
  const name = role?.name ?? arn.split('/').pop() ?? arn;
  if (role?.type === ROLE && !trustsApiGateway(role)) {
    properties.report(
      'warning',
      `The trust policy of ${role.logicalId} does not allow apigateway.amazonaws.com to assume the role, so all calls fail.`,
      key,
    );
    return { arn, name, logicalId: role.logicalId, role: { statements: [], unresolved: [] } };
  }
  return { arn, name, logicalId: role?.logicalId ?? name, role: createRoleModel(resource, key, stack) };
}

function trustsApiGateway({ properties }: StackResource): boolean {
  const policy = JSON.stringify(properties.getValue('AssumeRolePolicyDocument') ?? {});
  return policy.includes('"apigateway.amazonaws.com"') || policy.includes('"*"');
}

/** Returns why a role may not invoke a function, or undefined if it may. */
export function findRoleDenial(
  { role, logicalId }: CredentialsModel,
  functionArn: string,
): string | undefined {
  if (role.statements === undefined) return undefined;
  const request = { action: 'lambda:InvokeFunction', resource: functionArn };
  if (evaluatePolicies(role.statements, request) === 'allowed') return undefined;
  return `The role ${logicalId} does not allow lambda:InvokeFunction on ${functionArn}.`;
}
