import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { NamedResource, ResourceType } from '../template/resource-types';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { getText } from '../template/yaml/node';

const LAYER = 'AWS::Serverless::LayerVersion';
const LAMBDA_LAYER = 'AWS::Lambda::LayerVersion';

const getLayerArn = (layer: NamedResource) => layer.deployment.formatArn('lambda', `layer:${layer.name}:1`);
const TYPE: ResourceType = {
  nameProperty: 'LayerName',
  maxNameLength: 140,
  ref: getLayerArn,
  attributes: { LayerVersionArn: getLayerArn },
};

/** The SAM and CloudFormation resource types for layers. */
export const LAYER_TYPES = { [LAYER]: TYPE, [LAMBDA_LAYER]: TYPE };

/**
 * Returns the folders that contain the Node.js modules of a function's layers. Reports layers without local content.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-layerversion.html
 */
export function readLayers({ properties }: StackResource, stack: Stack): string[] {
  return properties.getItems('Layers').flatMap((item) => {
    const arn = getText(item);
    const layer = stack.listResourcesOf(LAYER, LAMBDA_LAYER).find(({ refValue }) => refValue === arn);
    const folder = layer && readContentFolder(layer, stack.root);
    if (folder !== undefined) return [folder];
    stack.problems.report(
      'unsupported',
      item.location,
      `The layer ${arn ?? ''} has no local content. Its modules are not available.`,
    );
    return [];
  });
}

/**
 * Returns the folder that contains a layer's Node.js modules. If the content is not a local folder, marks the layer as
 * unsupported and returns undefined.
 */
function readContentFolder(layer: StackResource, root: string): string | undefined {
  const uri = layer.properties.getValue(layer.type === LAYER ? 'ContentUri' : 'Content');
  const folder = typeof uri === 'string' ? resolve(root, uri) : undefined;
  if (folder !== undefined && existsSync(folder)) {
    // If the layer has a BuildMethod, `sam build` moves the content into a folder named `nodejs`.
    const packaged = join(folder, 'nodejs');
    return existsSync(packaged) ? packaged : folder;
  }
  layer.markUnsupported(`Its content is not a local folder: ${typeof uri === 'string' ? uri : 'S3'}.`);
  return undefined;
}
