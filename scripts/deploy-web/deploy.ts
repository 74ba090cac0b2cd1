import { loadTemplate } from 'sam-offline';
import { CommandError, deployedStack, output, type StackPlace } from '../stack';
import { emptyBucket, invalidate, upload } from './bucket';
import { fingerprint, webObjects } from './files';

export interface DeployOptions {
  stack: string;
  /** The template's file, whose metadata says where the page is. */
  template: string;
  /** Builds the page into its folder. */
  build(): Promise<void>;
  tell(line: string): void;
}

/**
 * Builds the page, writes its `config.json` from the stack's outputs, uploads it and invalidates what CloudFront holds.
 *
 * @throws CommandError if the stack hosts no page, or there is none to upload
 */
export async function deployWeb({ stack, template, build, tell }: DeployOptions): Promise<void> {
  const place = await deployedStack(stack);
  const bucket = bucketOf(place, stack);
  const { website } = loadTemplate({ file: template });
  if (!website) throw new CommandError(`${template} has no bucket with the metadata of a website.`);
  await build();
  const objects = await webObjects(website, place.outputs);
  await upload(bucket, objects);
  await invalidate(output(place, 'WebDistributionId'), fingerprint(objects));
  tell(`Uploaded ${objects.length} files. The page: ${output(place, 'WebPageUrl')}`);
}

/** Deletes the page from its bucket: CloudFormation deletes no bucket that holds something. */
export async function emptyWeb({ stack, tell }: Pick<DeployOptions, 'stack' | 'tell'>): Promise<void> {
  const count = await emptyBucket(bucketOf(await deployedStack(stack), stack));
  tell(`Deleted ${count} files.`);
}

function bucketOf({ outputs }: StackPlace, stack: string): string {
  if (outputs.WebBucketName !== undefined) return outputs.WebBucketName;
  throw new CommandError(`The stack ${stack} hosts no page: it was deployed with HostWebPage=false.`);
}
