import { createHash } from 'node:crypto';

/** The account and region a template is resolved for, with the names AWS derives from them. */
export class Deployment {
  readonly partition: string;
  readonly urlSuffix: string;

  constructor(
    readonly region: string,
    readonly accountId: string,
    readonly stackName: string,
  ) {
    this.partition = region.startsWith('cn-')
      ? 'aws-cn'
      : region.startsWith('us-gov-')
        ? 'aws-us-gov'
        : 'aws';
    this.urlSuffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  }

  get stackId(): string {
    const hex = createHash('sha256').update(this.stackName).digest('hex');
    const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
    return this.arn('cloudformation', `stack/${this.stackName}/${uuid.join('-')}`);
  }

  /** `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE` */
  arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.accountId}:${resource}`;
  }

  /** As `arn`, for services whose names hold in every region: IAM, CloudWatch dashboards. */
  globalArn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}::${this.accountId}:${resource}`;
  }

  /**
   * The name CloudFormation gives a resource that states none: stack, logical id and twelve characters, cut to
   * `max`. Here the characters are a hash, so the name is the same on every run and data on disk is found again.
   */
  physicalName(logicalId: string, max: number): string {
    const suffix = this.id(logicalId, 12, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
    return `${`${this.stackName}-${logicalId}`.slice(0, max - 13)}-${suffix}`;
  }

  /** An id as API Gateway makes them, lower-case letters and digits, the same on every run. */
  id(logicalId: string, length: number, alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'): string {
    const hash = createHash('sha256').update(`${this.stackName}/${logicalId}`).digest();
    return Array.from(hash.subarray(0, length), (byte) => alphabet[byte % alphabet.length]).join('');
  }
}
