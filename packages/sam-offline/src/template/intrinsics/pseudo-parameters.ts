import type { Problems } from '../problems';
import type { Deployment } from '../stack/deployment';
import { broken, type Node, type Place, scalar } from '../yaml/node';

/**
 * CloudFormation's pseudo parameters.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
 */
export function pseudoParameter(
  name: string,
  place: Place,
  deployment: Deployment,
  problems: Problems,
): Node {
  switch (name) {
    case 'AWS::Region':
      return scalar(place, deployment.region);
    case 'AWS::AccountId':
      return scalar(place, deployment.accountId);
    case 'AWS::Partition':
      return scalar(place, deployment.partition);
    case 'AWS::StackName':
      return scalar(place, deployment.stackName);
    case 'AWS::StackId':
      return scalar(place, deployment.stackId);
    case 'AWS::URLSuffix':
      return scalar(place, deployment.urlSuffix);
    case 'AWS::NoValue':
      return { kind: 'no-value', place };
    default:
      problems.add(place, `the pseudo parameter ${name} is not supported`);
      return broken(place);
  }
}
