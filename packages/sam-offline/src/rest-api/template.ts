import { REST_API } from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { RestApiModel } from './model';
import { createRestApiModels } from './template/apis';
import { expandApi } from './template/expand-api';
import { expandApiEvent } from './template/expand-event';
import { REST_API_TYPES } from './template/types';

/** REST APIs, as SAM and as CloudFormation resources. */
export const restApiTemplate: ServiceTemplate<{ readonly restApis: readonly RestApiModel[] }> = {
  types: REST_API_TYPES,
  events: { Api: expandApiEvent },
  expansions: { [REST_API]: expandApi },
  createModels: (stack) => ({ restApis: createRestApiModels(stack) }),
};
