import { resolve } from 'node:path';
import type { OutputModel, WebsiteBuildModel, WebsiteModel } from '../../core/model';
import { Section } from '../section';
import type { Stack } from '../stack/stack';
import { member } from '../yaml/node';

const BUCKET = 'AWS::S3::Bucket';

/**
 * The files of a bucket that says so in its metadata, which AWS ignores:
 *
 *     Metadata:
 *       Website:
 *         Folder: web/dist                        # from the template's folder
 *         Config: { webSocketUrl: WebSocketUrl }  # optional: members of /config.json, by the outputs they hold
 *         Build:                                  # optional: what makes the folder, and of what
 *           Command: [node, web/build.mjs]
 *           Sources: [web, client/src]
 *
 * Whatever uploads the files to the bucket on AWS can read the same metadata.
 */
export function websiteModel(
  stack: Stack,
  root: string,
  outputs: readonly OutputModel[],
): WebsiteModel | undefined {
  const [first, second] = stack.existing().flatMap(({ type, logicalId, metadata }) => {
    const node = type === BUCKET ? member(metadata, 'Website') : undefined;
    if (!node) return [];
    const section = new Section(node, stack.problems);
    section.allow('Website', { implemented: ['Folder', 'Config', 'Build'] });
    return [{ logicalId, section }];
  });
  if (!first) return undefined;
  second?.section.problem(`there is one root here, and ${first.logicalId} has it`);
  const build = first.section.section('Build');
  return {
    logicalId: first.logicalId,
    folder: resolve(root, first.section.requiredString('Folder')),
    config: configOf(first.section.section('Config'), outputs),
    ...(build && { build: buildOf(build, root) }),
  };
}

function buildOf(section: Section, root: string): WebsiteBuildModel {
  section.allow('Build', { implemented: ['Command', 'Sources'] });
  return {
    command: section.requiredStrings('Command'),
    sources: section.requiredStrings('Sources').map((source) => resolve(root, source)),
  };
}

function configOf(section: Section | undefined, outputs: readonly OutputModel[]): Record<string, string> {
  const config: Record<string, string> = {};
  for (const name of section?.keys ?? []) {
    const output = section?.string(name) ?? '';
    if (!outputs.some(({ key }) => key === output)) section?.problem(`there is no output ${output}`, name);
    config[name] = output;
  }
  return config;
}
