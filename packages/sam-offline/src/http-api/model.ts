import type { AuthorizerModel, IntegrationModel, ThrottleModel } from '../api-gateway/model';
import type { CorsModel } from '../http-invocation/cors';

/** A stage of an HTTP API. */
export interface HttpApiModel {
  /** The logical ID of the API. */
  readonly logicalId: string;
  readonly apiId: string;
  /** `$default`, served at the root, or a name, served at `/NAME`. */
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** Whether the stage has a deployment. Without one, no route matches. */
  readonly isDeployed: boolean;
  readonly routes: readonly HttpRouteModel[];
  readonly cors?: CorsModel;
}

export interface HttpRouteModel {
  /** `$default`, or `METHOD /path` with `ANY` for all methods and path variables in braces. */
  readonly routeKey: string;
  readonly integration: IntegrationModel;
  /** Whether requests must be signed by a caller with the permission to invoke the route. */
  readonly requiresIam?: boolean;
  /** The Lambda or JWT authorizer. */
  readonly authorizer?: AuthorizerModel;
  /** A token must have one of these scopes, if there are any. Only with a JWT authorizer. */
  readonly scopes?: readonly string[];
  readonly throttle?: ThrottleModel;
}
