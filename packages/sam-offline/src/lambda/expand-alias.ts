import { ALIAS, VERSION } from '../template/resource-types';
import { createGeneratedResource, type Resource } from '../template/stack/resource';
import { createMap, createScalar, getMember, getText } from '../template/yaml/node';

/**
 * Creates the version and the alias for AutoPublishAlias. In SAM, the logical ID of the version contains a hash of the code, so
 * templates refer to the version as `Function.Version`.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html
 */
export function expandAlias(parent: Resource): Resource[] {
  const name = getMember(parent.properties, 'AutoPublishAlias');
  if (!name) return [];
  const { location } = name;
  const functionName = createMap(location, { Ref: createScalar(location, parent.logicalId) });
  return [
    createGeneratedResource(
      parent,
      `${parent.logicalId}Version`,
      VERSION,
      createMap(location, { FunctionName: functionName }),
    ),
    createGeneratedResource(
      parent,
      `${parent.logicalId}Alias${getText(name) ?? ''}`,
      ALIAS,
      createMap(location, { FunctionName: functionName, Name: name }),
    ),
  ];
}
