import { FUNCTION_URL, PERMISSION } from '../template/resource-types';
import { createGeneratedResource, type Resource } from '../template/stack/resource';
import { createMap, createScalar, getMember, getText, type Node } from '../template/yaml/node';

const KEYS = ['AuthType', 'Cors', 'InvokeMode'];

/**
 * Creates the URL for FunctionUrlConfig and, if the URL is public, its permissions.
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
  // SAM creates both permissions: https://github.com/aws/serverless-application-model/pull/3735
  const permit = (idSuffix: string, action: string, condition: Record<string, Node>) =>
    createGeneratedResource(
      parent,
      `${parent.logicalId}${idSuffix}`,
      PERMISSION,
      createMap(location, {
        Action: createScalar(location, action),
        FunctionName: functionName,
        Principal: createScalar(location, '*'),
        ...condition,
      }),
    );
  const isPublic = getText(getMember(config, 'AuthType')) === 'NONE';
  const permissions = [
    permit('UrlPublicPermissions', 'lambda:InvokeFunctionUrl', {
      FunctionUrlAuthType: createScalar(location, 'NONE'),
    }),
    permit('URLInvokeAllowPublicAccess', 'lambda:InvokeFunction', {
      InvokedViaFunctionUrl: createScalar(location, 'true'),
    }),
  ];
  return [
    createGeneratedResource(parent, `${parent.logicalId}Url`, FUNCTION_URL, url),
    ...(isPublic ? permissions : []),
  ];
}
