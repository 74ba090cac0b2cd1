import { REST_API } from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { RestApiModel } from './model';
import { expandApi } from './template/expand-api';
import { expandApiEvent } from './template/expand-event';
import { API, API_EVENT, REST_API_TYPES } from './template/types';

/** Reads REST APIs that are declared as SAM or CloudFormation resources. */
export const restApiTemplate: ServiceTemplate<{ readonly restApis: readonly RestApiModel[] }> = {
  types: REST_API_TYPES,
  events: { Api: expandApiEvent },
  expansions: { [REST_API]: expandApi },
  createModels(stack) {
    if (stack.listResourcesOf(REST_API, API, API_EVENT).length === 0) return { restApis: [] };
    // Loaded only if needed, because loading this module would slow down the startup of other applications.
    const { createRestApiModels }: typeof import('./template/apis') = require('./template/apis');
    return { restApis: createRestApiModels(stack) };
  },
};
