import type {
  AuthorizerModel,
  CredentialsModel,
  IntegrationModel,
  ThrottleModel,
} from '../api-gateway/model';
import type { CorsModel } from '../http-invocation/cors';

/** A stage of an HTTP API. */
export interface HttpApiModel {
  /** The logical ID of the API. */
  readonly logicalId: string;
  readonly apiId: string;
  /** The stage name. The stage `$default` is served at the root, other stages at `/NAME`. */
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** Whether the stage has a deployment. Without a deployment, no route matches. */
  readonly isDeployed: boolean;
  readonly routes: readonly HttpRouteModel[];
  readonly cors?: CorsModel;
}

export interface HttpRouteModel {
  /** `$default` or `METHOD /path`. The method `ANY` matches all methods. Path variables are in braces. */
  readonly routeKey: string;
  readonly integration: IntegrationModel | ServiceIntegration;
  /** Whether requests must be signed by a caller that has permission to invoke the route. */
  readonly requiresIam?: boolean;
  /** The Lambda or JWT authorizer. */
  readonly authorizer?: AuthorizerModel;
  /** If the list is not empty, a token must have one of these scopes. Applies to JWT authorizers. */
  readonly scopes?: readonly string[];
  readonly throttle?: ThrottleModel;
}

/** An integration that calls an action of a service without a function. */
export interface ServiceIntegration {
  readonly type: 'SERVICE';
  /** The service and the action, for example `SQS-SendMessage`. */
  readonly subtype: string;
  /** Static values, and expressions such as `$request.body.text`, by parameter. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The role that API Gateway assumes to call the service. */
  readonly credentials?: CredentialsModel;
}
