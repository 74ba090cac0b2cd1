import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Problems } from '../template/problems';
import { PropertyMap } from '../template/property-map';
import type { Stack } from '../template/stack/stack';
import { getMember, type Node } from '../template/yaml/node';
import type { WebsiteBuildModel, WebsiteModel } from './model';
import { readResponseHeaders } from './response-headers';

/** The runtime emulates only a bucket with a website. */
const BUCKET = 'AWS::S3::Bucket';

/**
 * Returns the path of the template whose stack hosts an application's website, if this is a separate template. The
 * application's template contains the path in its metadata, which AWS ignores:
 *
 *     Metadata:
 *       Website:
 *         Template: web-page.yaml   # relative to the template
 */
export function findWebsiteTemplate(template: Node, root: string, problems: Problems): string | undefined {
  const node = getMember(getMember(template, 'Metadata'), 'Website');
  if (!node) return undefined;
  const website = new PropertyMap(node, problems);
  website.checkKeys('Website', { emulated: ['Template'] });
  const file = resolve(root, website.requireString('Template'));
  if (existsSync(file)) return file;
  // `sam build` copies a template without the files that the metadata refers to.
  website.report('unsupported', `The website is not served, because ${file} does not exist`, 'Template');
  return undefined;
}

/**
 * Creates the model of a website. A bucket declares the website in its metadata, which AWS ignores:
 *
 *     Metadata:
 *       Website:
 *         Folder: web/dist                        # relative to the template
 *         Config: { webSocketUrl: WebSocketUrl }  # optional: the members of /config.json and their outputs
 *         Build:                                  # optional: how to build the folder
 *           Command: [node, web/build.mjs]
 *           Sources: [web, client/src]
 *
 * Deployment scripts can read the same metadata to upload the files.
 */
export function createWebsiteModel(
  stack: Stack,
  root: string,
  outputs: readonly { readonly key: string }[],
): WebsiteModel | undefined {
  const [first, second] = stack.listResourcesOf(BUCKET).flatMap((bucket) => {
    const { logicalId, metadata } = bucket;
    const node = getMember(metadata, 'Website');
    if (!node) return [];
    bucket.markEmulated();
    const website = new PropertyMap(node, stack.problems);
    website.checkKeys('Website', { emulated: ['Folder', 'Config', 'Build'] });
    return [{ logicalId, website, headers: readResponseHeaders(bucket, stack) }];
  });
  if (!first) return undefined;
  second?.website.addProblem(
    `The runtime serves one website, and ${first.logicalId} already declares it. Remove one of them.`,
  );
  const build = first.website.getMap('Build');
  return {
    logicalId: first.logicalId,
    folder: resolve(root, first.website.requireString('Folder')),
    config: readConfig(first.website.getMap('Config'), outputs),
    ...(build && { build: createBuildModel(build, root) }),
    ...(Object.keys(first.headers).length > 0 && { headers: first.headers }),
  };
}

function createBuildModel(build: PropertyMap, root: string): WebsiteBuildModel {
  build.checkKeys('Build', { emulated: ['Command', 'Sources'] });
  return {
    command: build.requireStrings('Command'),
    sources: build.requireStrings('Sources').map((source) => resolve(root, source)),
  };
}

function readConfig(
  entries: PropertyMap | undefined,
  outputs: readonly { readonly key: string }[],
): Record<string, string> {
  const config: Record<string, string> = {};
  for (const name of entries?.keys ?? []) {
    const output = entries?.getString(name) ?? '';
    if (!outputs.some(({ key }) => key === output))
      entries?.addProblem(`The template does not have an output ${output}`, name);
    config[name] = output;
  }
  return config;
}
