import type { Problems } from '../problems';
import type { Deployment } from '../stack/deployment';
import { createInvalid, createList, createScalar, type Node, type SourceLocation } from '../yaml/node';

/**
 * Returns the value of a CloudFormation pseudo parameter.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
 */
export function evaluatePseudoParameter(
  name: string,
  location: SourceLocation,
  deployment: Deployment,
  problems: Problems,
): Node {
  switch (name) {
    case 'AWS::Region':
      return createScalar(location, deployment.region);
    case 'AWS::AccountId':
      return createScalar(location, deployment.accountId);
    case 'AWS::Partition':
      return createScalar(location, deployment.partition);
    case 'AWS::StackName':
      return createScalar(location, deployment.stackName);
    case 'AWS::StackId':
      return createScalar(location, deployment.stackId);
    case 'AWS::URLSuffix':
      return createScalar(location, deployment.urlSuffix);
    case 'AWS::NotificationARNs':
      return createList(location, []);
    case 'AWS::NoValue':
      return { kind: 'no-value', location };
    default:
      problems.add(location, `The pseudo parameter ${name} is not supported`);
      return createInvalid(location);
  }
}
