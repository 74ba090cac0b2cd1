import { apiGatewayTemplate } from '../api-gateway/template';
import { dynamoDbTemplate } from '../dynamodb/template';
import { eventSourcesTemplate } from '../event-sources/template';
import { eventBridgeTemplate } from '../events/template';
import { functionUrlsTemplate } from '../function-urls/template';
import { httpApiTemplate } from '../http-api/template';
import { lambdaTemplate } from '../lambda/template';
import { restApiTemplate } from '../rest-api/template';
import { schedulerTemplate } from '../scheduler/template';
import { secretsTemplate } from '../secrets/template';
import { sqsTemplate } from '../sqs/template';
import { ssmTemplate } from '../ssm/template';
import { statesTemplate } from '../states/template';
import type { Catalog, ExpandResource } from '../template/catalog';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import { webSocketApiTemplate } from '../websocket-api/template';
import { INERT_TYPES } from './inert-types';

/** The services that read resources of a template. To add a service, add its template module here. */
const SERVICES = [
  lambdaTemplate,
  apiGatewayTemplate,
  webSocketApiTemplate,
  httpApiTemplate,
  restApiTemplate,
  dynamoDbTemplate,
  eventBridgeTemplate,
  sqsTemplate,
  eventSourcesTemplate,
  schedulerTemplate,
  functionUrlsTemplate,
  secretsTemplate,
  ssmTemplate,
  statesTemplate,
] as const;

type Intersection<Union> = (Union extends unknown ? (value: Union) => void : never) extends (
  value: infer Result,
) => void
  ? Result
  : never;

/** The models of all services. */
export type ServiceModels = Intersection<ReturnType<(typeof SERVICES)[number]['createModels']>>;

/** The resource types, events and expansions of all services. */
export const CATALOG: Catalog = {
  emulated: Object.assign({}, ...SERVICES.map(({ types }) => types)),
  inert: INERT_TYPES,
  events: Object.assign({}, ...SERVICES.map((service) => ('events' in service ? service.events : {}))),
  expansions: listExpansions(SERVICES),
};

/** Returns the expansions of each resource type. Several services can expand the same type. */
function listExpansions(services: readonly ServiceTemplate[]): Catalog['expansions'] {
  const byType: Record<string, ExpandResource[]> = {};
  for (const { expansions = {} } of services) {
    for (const [type, expand] of Object.entries(expansions)) byType[type] = [...(byType[type] ?? []), expand];
  }
  return byType;
}

/** Creates the models of all services. */
export function createServiceModels(stack: Stack): ServiceModels {
  return Object.assign({}, ...SERVICES.map((service) => service.createModels(stack)));
}
