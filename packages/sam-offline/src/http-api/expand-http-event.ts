import type { Problems } from '../template/problems';
import { PropertyMap } from '../template/property-map';
import { HTTP_API, HTTP_EVENT, PERMISSION, STAGE } from '../template/resource-types';
import { createGeneratedResource, type Resource } from '../template/stack/resource';
import { createMap, createScalar, getMember, getText, type Node } from '../template/yaml/node';

const KEYS = ['ApiId', 'Path', 'Method', 'PayloadFormatVersion', 'TimeoutInMillis', 'RouteSettings', 'Auth'];

/** The logical ID of the API that SAM generates for events without an ApiId. */
const IMPLICIT_API = 'ServerlessHttpApi';

/**
 * Creates the route and the permission for a function's HttpApi event. For an event without an ApiId, also creates the
 * implicit API.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-httpapi.html
 */
export function expandHttpEvent(
  parent: Resource,
  eventName: string,
  event: Node,
  problems: Problems,
): Resource[] {
  const { location } = event;
  const properties = getMember(event, 'Properties') ?? createMap(location, {});
  new PropertyMap(properties, problems).checkKeys('an HttpApi event', { emulated: KEYS });
  const apiId =
    getMember(properties, 'ApiId') ?? createMap(location, { Ref: createScalar(location, IMPLICIT_API) });
  const functionArn = createMap(location, {
    'Fn::GetAtt': createScalar(location, `${parent.logicalId}.Arn`),
  });
  const logicalId = `${parent.logicalId}${eventName}`;
  const route = createMap(location, {
    ...Object.fromEntries(KEYS.map((key) => [key, getMember(properties, key)])),
    ApiId: apiId,
    FunctionArn: functionArn,
  });
  const permission = createMap(location, {
    Action: createScalar(location, 'lambda:InvokeFunction'),
    Principal: createScalar(location, 'apigateway.amazonaws.com'),
    FunctionName: functionArn,
  });
  return [
    ...(getMember(properties, 'ApiId') ? [] : createImplicitApi(parent)),
    createGeneratedResource(parent, `${logicalId}HttpApiEvent`, HTTP_EVENT, route),
    createGeneratedResource(parent, `${logicalId}Permission`, PERMISSION, permission),
  ];
}

function createImplicitApi(parent: Resource): Resource[] {
  const unconditional: Resource = { ...parent, logicalId: IMPLICIT_API, condition: undefined };
  const api = createGeneratedResource(unconditional, IMPLICIT_API, HTTP_API, createMap(parent.location, {}));
  return [api, createHttpApiStage(api)];
}

/** Creates the stage of an HTTP API. The default stage name is `$default`. */
export function createHttpApiStage(parent: Resource): Resource {
  const { location, properties } = parent;
  const stageName = getMember(properties, 'StageName') ?? createScalar(location, '$default');
  const given = getText(stageName) ?? '';
  const part = given === '$default' ? 'ApiGatewayDefault' : given;
  return createGeneratedResource(
    parent,
    `${parent.logicalId}${part}Stage`,
    STAGE,
    createMap(stageName.location, { StageName: stageName }),
  );
}
