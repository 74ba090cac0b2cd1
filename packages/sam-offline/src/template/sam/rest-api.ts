import { REST_API, REST_STAGE } from '../resource-types';
import { createGeneratedResource, type Resource } from '../stack/resource';
import { createMap, createScalar, getMember, getText, type Node } from '../yaml/node';

const IMPLICIT_API = 'ServerlessRestApi';

/**
 * Creates the REST API and its stage that SAM generates for the Api events without a RestApiId. REST APIs are not
 * served, but other resources and outputs refer to these logical IDs, as in the templates of `sam init`.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-api.html
 */
export function createImplicitRestApi(parent: Resource, event: Node): Resource[] {
  if (getMember(getMember(event, 'Properties'), 'RestApiId')) return [];
  const unconditional: Resource = { ...parent, logicalId: IMPLICIT_API, condition: undefined };
  return [
    createGeneratedResource(unconditional, IMPLICIT_API, REST_API, createMap(event.location, {})),
    createStage(unconditional, createScalar(event.location, 'Prod')),
  ];
}

/** Creates the stage that SAM generates for an AWS::Serverless::Api, to which templates refer as `Api.Stage`. */
export function createRestApiStage(api: Resource): Resource[] {
  const name = getMember(api.properties, 'StageName');
  return name && getText(name) !== undefined ? [createStage(api, name)] : [];
}

function createStage(api: Resource, name: Node): Resource {
  return createGeneratedResource(
    api,
    `${api.logicalId}${getText(name)}Stage`,
    REST_STAGE,
    createMap(name.location, { StageName: name }),
  );
}
