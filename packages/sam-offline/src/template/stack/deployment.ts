import { createHash } from 'node:crypto';
import { formatArn, partitionOf } from '../../aws/arn';

/** The account, Region and stack name of a deployment. Creates the names and ARNs that AWS derives from these values. */
export class Deployment {
  readonly partition: string;
  readonly urlSuffix: string;

  constructor(
    readonly region: string,
    readonly accountId: string,
    readonly stackName: string,
  ) {
    this.partition = partitionOf(region);
    this.urlSuffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  }

  get stackId(): string {
    const hex = createHash('sha256').update(this.stackName).digest('hex');
    const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
    return this.formatArn('cloudformation', `stack/${this.stackName}/${uuid.join('-')}`);
  }

  /** Formats `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`. */
  formatArn(service: string, resource: string): string {
    return formatArn(this, service, resource);
  }

  /** Formats an ARN without a Region, for global services such as IAM and CloudFront. */
  formatGlobalArn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}::${this.accountId}:${resource}`;
  }

  /**
   * Creates a name for a resource without an explicit name. The name contains the stack name, the logical ID and 12 characters.
   * CloudFormation uses random characters. Here, they are a hash, so that data on disk has the same name in each run.
   */
  createPhysicalName(logicalId: string, maxLength: number): string {
    const suffix = this.createId(logicalId, 12, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
    return `${`${this.stackName}-${logicalId}`.slice(0, maxLength - 13)}-${suffix}`;
  }

  /** Creates an ID in the format of API Gateway. The ID is a hash of the stack name and the logical ID. */
  createId(logicalId: string, length: number, alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'): string {
    const hash = createHash('sha256').update(`${this.stackName}/${logicalId}`).digest();
    return Array.from(hash.subarray(0, length), (byte) => alphabet[byte % alphabet.length]).join('');
  }
}
