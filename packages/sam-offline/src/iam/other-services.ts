import type { PolicyStatement } from './policy';

/** The emulated services, and services that do not require emulation, such as X-Ray and VPC interfaces. */
const EXPECTED = new Set([
  ...['dynamodb', 'events', 'execute-api', 'lambda', 'scheduler', 'secretsmanager', 'sqs', 'ssm', 'states'],
  ...['cloudwatch', 'ec2', 'iam', 'kms', 'logs', 'sts', 'xray'],
]);

/**
 * Matches names of policies for other services. The policies are managed by AWS (`AmazonS3FullAccess`) or are SAM policy
 * templates (`S3CrudPolicy`).
 */
const POLICY_NAME =
  /^(?:Amazon|AWS)?(S3|SNS|SES|Cognito|Rekognition|Polly|Translate|Comprehend|Transcribe|Textract|Bedrock|Lex|IoT|Kinesis|Firehose|CloudWatch|XRay|Xray|RDS|EC2|ECS|ElastiCache|Athena|Glue|Kendra|SageMaker|AppSync|KeyManagementService|OpenSearch|Location|Pinpoint|MediaConvert|Timestream)/;

/** Returns the service in a policy's name, if the policy grants access only to a service that the runtime does not emulate. */
export function serviceOfPolicyName(name: string): string | undefined {
  return POLICY_NAME.exec(name)?.[1];
}

/**
 * Returns the services that a role may call but that the runtime does not emulate. The function's code is likely to call these
 * services even if the template does not declare their resources.
 */
export function listOtherServices(
  statements: readonly PolicyStatement[],
  policyNames: readonly string[],
): string[] {
  const actions = statements
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => (Action === undefined ? [] : [Action].flat()));
  const named = policyNames.flatMap((name) => serviceOfPolicyName(name) ?? []);
  const services = [...actions.map((action) => action.split(':')[0] ?? ''), ...named];
  const other = services.map((service) => service.toLowerCase()).filter((service) => isOther(service));
  return [...new Set(other)].sort();
}

/**
 * Returns whether an action prefix identifies a service that the code calls. Wildcards and policies for monitoring or
 * encryption do not identify such a service.
 */
function isOther(service: string): boolean {
  return /^[a-z][a-z0-9-]*$/.test(service) && !EXPECTED.has(service) && service !== 'keymanagementservice';
}
