import { loadTemplate } from 'sam-offline';
import { CommandError, describeDeployedStack, requireOutput, type StackInfo } from '../stack';
import { emptyBucket, invalidateDistribution, uploadObjects } from './bucket';
import { collectWebObjects, hashObjects } from './files';

export interface DeployOptions {
  stackName: string;
  /** The template file. Its metadata names the folder of the web page. */
  template: string;
  /** Builds the page into its folder. */
  build(): Promise<void>;
  print(line: string): void;
}

/**
 * Builds the web page, uploads it with a `config.json` generated from the stack outputs, and invalidates the CloudFront
 * distribution.
 *
 * @throws CommandError if the stack does not host the page, or the build output has no page
 */
export async function deployWeb({ stackName, template, build, print }: DeployOptions): Promise<void> {
  const stack = await describeDeployedStack(stackName);
  const bucket = requireBucket(stack, stackName);
  const { website } = loadTemplate({ file: template });
  if (!website) throw new CommandError(`${template} has no bucket with Website metadata.`);
  await build();
  const objects = await collectWebObjects(website, stack.outputs);
  await uploadObjects(bucket, objects);
  await invalidateDistribution(requireOutput(stack, 'WebDistributionId'), hashObjects(objects));
  print(`Uploaded ${objects.length} files to ${requireOutput(stack, 'WebPageUrl')}`);
}

/** Deletes the web page from its bucket. CloudFormation deletes only empty buckets. */
export async function emptyWebBucket({
  stackName,
  print,
}: Pick<DeployOptions, 'stackName' | 'print'>): Promise<void> {
  const count = await emptyBucket(requireBucket(await describeDeployedStack(stackName), stackName));
  print(`Deleted ${count} files.`);
}

function requireBucket({ outputs }: StackInfo, stackName: string): string {
  if (outputs.WebBucketName !== undefined) return outputs.WebBucketName;
  throw new CommandError(
    `The stack ${stackName} does not host the web page. Deploy it with HostWebPage=true.`,
  );
}
