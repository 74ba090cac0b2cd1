import {
  createIdGetter,
  type Getter,
  getName,
  REST_API,
  REST_DEPLOYMENT,
  REST_STAGE,
  type ResourceType,
} from '../../template/resource-types';

export const API = 'AWS::ApiGateway::RestApi';
export const RESOURCE = 'AWS::ApiGateway::Resource';
export const METHOD = 'AWS::ApiGateway::Method';
export const AUTHORIZER = 'AWS::ApiGateway::Authorizer';
export const MODEL = 'AWS::ApiGateway::Model';
export const VALIDATOR = 'AWS::ApiGateway::RequestValidator';
export const GATEWAY_RESPONSE = 'AWS::ApiGateway::GatewayResponse';
/**
 * An internal resource type for Api events. SAM does not generate resources for these events, but adds them to the OpenAPI
 * document.
 */
export const API_EVENT = 'Local::Api::Event';

const getApiId = createIdGetter(10);
const getShortId = createIdGetter(6);
/** Creates the ID of the resource `/`, which API Gateway creates with the API. */
const getRootId: Getter = ({ deployment, logicalId }) => deployment.createId(`${logicalId}/`, 10);

const createIdType = (attribute: string): ResourceType => ({
  ref: getShortId,
  attributes: { [attribute]: getShortId },
});

/** The resource types of REST APIs. */
export const REST_API_TYPES: Readonly<Record<string, ResourceType>> = {
  [REST_API]: { ref: getApiId, attributes: { RestApiId: getApiId, RootResourceId: getRootId } },
  [API]: {
    nameProperty: 'Name',
    ref: getApiId,
    attributes: { RestApiId: getApiId, RootResourceId: getRootId },
  },
  [RESOURCE]: createIdType('ResourceId'),
  [METHOD]: { ref: getName, attributes: {} },
  [REST_DEPLOYMENT]: createIdType('DeploymentId'),
  [REST_STAGE]: { nameProperty: 'StageName', maxNameLength: 128, ref: getName, attributes: {} },
  [AUTHORIZER]: createIdType('AuthorizerId'),
  [MODEL]: { nameProperty: 'Name', ref: getName, attributes: {} },
  [VALIDATOR]: createIdType('RequestValidatorId'),
  [GATEWAY_RESPONSE]: createIdType('Id'),
  [API_EVENT]: { ref: getName, attributes: {} },
};
