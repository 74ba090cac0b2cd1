/** The Region and account of an application's resources. */
export interface ArnScope {
  readonly region: string;
  readonly accountId: string;
}

/**
 * Returns the partition of a Region.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Formats `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`. */
export function formatArn({ region, accountId }: ArnScope, service: string, resource: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`;
}
