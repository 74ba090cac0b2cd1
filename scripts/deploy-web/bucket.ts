import { CloudFrontClient, CreateInvalidationCommand } from '@aws-sdk/client-cloudfront';
import { DeleteObjectsCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { WebObject } from './files';

/** Uploads the objects sequentially, in the given order. */
export async function uploadObjects(bucket: string, objects: readonly WebObject[]): Promise<void> {
  const client = new S3Client({});
  try {
    for (const { key, body, contentType, cacheControl } of objects) {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          ContentType: contentType,
          CacheControl: cacheControl,
        }),
      );
    }
  } finally {
    client.destroy();
  }
}

/** Deletes every object, so that CloudFormation can delete the bucket. Returns the number of objects. */
export async function emptyBucket(bucket: string): Promise<number> {
  const client = new S3Client({});
  let count = 0;
  try {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
      const Objects = Contents.map(({ Key }) => ({ Key }));
      if (Objects.length === 0) continue;
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
      );
      if (Errors[0]) throw new Error(`Cannot delete ${Errors[0].Key}: ${Errors[0].Message}`);
      count += Objects.length;
    }
    return count;
  } finally {
    client.destroy();
  }
}

/** Invalidates every path of a CloudFront distribution. */
export async function invalidateDistribution(distributionId: string, callerReference: string): Promise<void> {
  const client = new CloudFrontClient({});
  try {
    await client.send(
      new CreateInvalidationCommand({
        DistributionId: distributionId,
        InvalidationBatch: { CallerReference: callerReference, Paths: { Quantity: 1, Items: ['/*'] } },
      }),
    );
  } finally {
    client.destroy();
  }
}
