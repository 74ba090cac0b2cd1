import type { PropertyMap } from '../template/property-map';
import type { StackResource } from '../template/stack/stack-resource';

/** Returns the variables of a stage by name. In REST APIs, the key is `Variables`. */
export function readStageVariables(properties: PropertyMap, key = 'StageVariables'): Record<string, string> {
  const variables = properties.getMap(key);
  return Object.fromEntries((variables?.keys ?? []).map((name) => [name, variables?.getString(name) ?? '']));
}

/**
 * Returns whether a stage has a DeploymentId or AutoDeploy. Reports a stage without a deployment, because API Gateway rejects
 * its requests with Forbidden or Not Found.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-set-up-websocket-deployment.html
 */
export function checkDeployment({ properties }: StackResource): boolean {
  const isDeployed = properties.getBoolean('AutoDeploy') === true || properties.has('DeploymentId');
  if (!isDeployed) {
    properties.report(
      'warning',
      'The stage has no deployment, so all its requests are rejected. Set AutoDeploy to true, or set DeploymentId.',
    );
  }
  return isDeployed;
}

/** Reports the settings of a stage that have no effect. */
export function checkStage({ properties, type }: StackResource): void {
  properties.checkKeys(type, {
    emulated: [
      ...['ApiId', 'StageName', 'StageVariables', 'AutoDeploy', 'DeploymentId'],
      ...['DefaultRouteSettings', 'RouteSettings'],
    ],
    inert: ['AccessLogSettings', 'AccessPolicyId', 'Description', 'Tags'],
    security: { ClientCertificateId: 'API Gateway does not present a certificate to integrations here.' },
  });
}
