import { REST_API } from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { RestApiModel } from './model';
import { expandApi } from './template/expand-api';
import { expandApiEvent } from './template/expand-event';
import { API, API_EVENT, REST_API_TYPES } from './template/types';

/** REST APIs, as SAM and as CloudFormation resources. */
export const restApiTemplate: ServiceTemplate<{ readonly restApis: readonly RestApiModel[] }> = {
  types: REST_API_TYPES,
  events: { Api: expandApiEvent },
  expansions: { [REST_API]: expandApi },
  createModels(stack) {
    if (stack.listResourcesOf(REST_API, API, API_EVENT).length === 0) return { restApis: [] };
    // Loaded when needed, because other templates would pay for it at every start.
    const { createRestApiModels }: typeof import('./template/apis') = require('./template/apis');
    return { restApis: createRestApiModels(stack) };
  },
};
