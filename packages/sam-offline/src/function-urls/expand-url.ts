import { FUNCTION_URL, PERMISSION } from '../template/resource-types';
import { createGeneratedResource, type Resource } from '../template/stack/resource';
import { createMap, createScalar, getMember, getText } from '../template/yaml/node';

const KEYS = ['AuthType', 'Cors', 'InvokeMode'];

/**
 * Creates the URL, and the permission of a public one, for FunctionUrlConfig.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-functionurlconfig.html
 */
export function expandFunctionUrl(parent: Resource): Resource[] {
  const config = getMember(parent.properties, 'FunctionUrlConfig');
  if (!config) return [];
  const { location } = config;
  const functionName = createMap(location, { Ref: createScalar(location, parent.logicalId) });
  const url = createMap(location, {
    ...Object.fromEntries(KEYS.map((key) => [key, getMember(config, key)])),
    TargetFunctionArn: functionName,
  });
  const permission = createMap(location, {
    Action: createScalar(location, 'lambda:InvokeFunctionUrl'),
    FunctionName: functionName,
    FunctionUrlAuthType: createScalar(location, 'NONE'),
    Principal: createScalar(location, '*'),
  });
  const isPublic = getText(getMember(config, 'AuthType')) === 'NONE';
  const permissionId = `${parent.logicalId}UrlPublicPermissions`;
  return [
    createGeneratedResource(parent, `${parent.logicalId}Url`, FUNCTION_URL, url),
    ...(isPublic ? [createGeneratedResource(parent, permissionId, PERMISSION, permission)] : []),
  ];
}
