import type { Problems } from '../../template/problems';
import { PropertyMap } from '../../template/property-map';
import { FUNCTION, PERMISSION, REST_API } from '../../template/resource-types';
import { createGeneratedResource, type Resource } from '../../template/stack/resource';
import { createMap, createScalar, getMember, type Node } from '../../template/yaml/node';
import { API_EVENT } from './types';

const KEYS = [
  ...['Path', 'Method', 'RestApiId', 'Auth', 'RequestModel', 'RequestParameters', 'TimeoutInMillis'],
  'ResponseTransferMode',
];
const MACHINE_KEYS = ['UnescapeMappingTemplate'];

/** The logical ID of the API that SAM generates for events without a RestApiId. */
const IMPLICIT_API = 'ServerlessRestApi';

/**
 * Creates the method for an Api event of a function or state machine, and the permission to invoke the function. For an event
 * without a RestApiId, also creates the implicit API.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-statemachine-statemachineapi.html
 */
export function expandApiEvent(
  parent: Resource,
  eventName: string,
  event: Node,
  problems: Problems,
): Resource[] {
  const { location } = event;
  const isFunction = parent.type === FUNCTION;
  const properties = getMember(event, 'Properties') ?? createMap(location, {});
  const keys = isFunction ? KEYS : [...KEYS.slice(0, 4), ...MACHINE_KEYS];
  const map = new PropertyMap(properties, problems);
  map.checkKeys('an Api event', { emulated: keys });
  const given = getMember(properties, 'RestApiId');
  const ref = (logicalId: string) => createMap(location, { Ref: createScalar(location, logicalId) });
  const method = createMap(location, {
    ...Object.fromEntries(keys.map((key) => [key, getMember(properties, key)])),
    RestApiId: given ?? ref(IMPLICIT_API),
    ...(isFunction ? { Function: ref(parent.logicalId) } : { StateMachine: ref(parent.logicalId) }),
  });
  const logicalId = `${parent.logicalId}${eventName}`;
  const generated = [createGeneratedResource(parent, `${logicalId}ApiEvent`, API_EVENT, method)];
  if (!given) generated.push(createImplicitApi(parent));
  if (!isFunction) return generated;
  const permission = createMap(location, {
    Action: createScalar(location, 'lambda:InvokeFunction'),
    Principal: createScalar(location, 'apigateway.amazonaws.com'),
    FunctionName: ref(parent.logicalId),
  });
  return [
    ...generated,
    createGeneratedResource(parent, `${logicalId}PermissionProd`, PERMISSION, permission),
  ];
}

function createImplicitApi(parent: Resource): Resource {
  const { location } = parent;
  const unconditional: Resource = { ...parent, logicalId: IMPLICIT_API, condition: undefined };
  const properties = createMap(location, { StageName: createScalar(location, 'Prod') });
  return createGeneratedResource(unconditional, IMPLICIT_API, REST_API, properties);
}
