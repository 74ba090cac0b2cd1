import type { PolicyStatement } from './policy';

/** The services that functions can call, and services that need no emulation, such as X-Ray and VPC interfaces. */
const EXPECTED = new Set([
  ...['dynamodb', 'events', 'execute-api', 'lambda', 'scheduler', 'secretsmanager', 'sqs', 'ssm', 'states'],
  ...['cloudwatch', 'ec2', 'iam', 'kms', 'logs', 'sts', 'xray'],
]);

/** Names of policies for other services, of AWS (`AmazonS3FullAccess`) and of SAM (`S3CrudPolicy`). */
const POLICY_NAME =
  /^(?:Amazon|AWS)?(S3|SNS|SES|Cognito|Rekognition|Polly|Translate|Comprehend|Transcribe|Textract|Bedrock|Lex|IoT|Kinesis|Firehose|CloudWatch|XRay|Xray|RDS|EC2|ECS|ElastiCache|Athena|Glue|Kendra|SageMaker|AppSync|KeyManagementService|OpenSearch|Location|Pinpoint|MediaConvert|Timestream)/;

/** Returns the service of a policy that only grants access to other services, by the policy's name. */
export function serviceOfPolicyName(name: string): string | undefined {
  return POLICY_NAME.exec(name)?.[1];
}

/**
 * Returns the services that a role may call, but that the runtime does not emulate. The code is likely to call them,
 * even if the template has no resource of theirs.
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

/** Wildcards and the policies of monitoring and encryption name no service that the code calls. */
function isOther(service: string): boolean {
  return /^[a-z][a-z0-9-]*$/.test(service) && !EXPECTED.has(service) && service !== 'keymanagementservice';
}
