import type { RestRouteModel } from '../model';
import type { MethodDefinition, ValidationDefinition } from './definition';
import { createIntegration, describe, type StageContext } from './integration';
import type { ReadThrottle } from './method-settings';

/** Creates the methods of a stage. Reports and omits methods without an integration. */
export function createRoutes(
  methods: readonly MethodDefinition[],
  context: StageContext,
  readThrottle: ReadThrottle,
): RestRouteModel[] {
  return methods.flatMap((method): RestRouteModel[] => {
    const routeKey = describe(method);
    if (!method.integration) {
      // CloudFormation cannot deploy an API that contains such a method.
      method.at.addProblem(`No integration defined for method: ${routeKey}`);
      return [];
    }
    const { requiresIam, authorizer, scopes = [] } = method.auth ?? {};
    const validation = createValidation(method.validation);
    const throttle = readThrottle(method);
    return [
      {
        routeKey,
        resourceId:
          method.resourceId ?? context.stack.deployment.createId(`${context.logicalId}${method.path}`, 6),
        integration: createIntegration(method.integration, method, context),
        ...(requiresIam ? { requiresIam } : {}),
        ...(authorizer ? { authorizer } : {}),
        ...(scopes.length > 0 ? { scopes } : {}),
        ...(method.requiresApiKey ? { requiresApiKey: true } : {}),
        ...(validation ? { validation } : {}),
        ...(throttle ? { throttle } : {}),
      },
    ];
  });
}

function createValidation({
  validatesBody,
  validatesParameters,
  parameters,
  schemas,
}: ValidationDefinition): RestRouteModel['validation'] {
  const required = Object.keys(parameters).filter((source) => parameters[source]);
  if (!validatesBody && !(validatesParameters && required.length > 0)) return undefined;
  return { parameters: validatesParameters ? required : [], ...(validatesBody ? { schemas } : {}) };
}
