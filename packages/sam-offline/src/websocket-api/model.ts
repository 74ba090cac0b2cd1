import type {
  ApiKeyModel,
  IntegrationModel,
  LambdaAuthorizerModel,
  ThrottleModel,
} from '../api-gateway/model';

/** A stage of a WebSocket API. */
export interface WebSocketApiModel {
  /** The logical ID of the API. */
  readonly logicalId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** Whether the stage has a deployment. Without one, API Gateway rejects clients. */
  readonly isDeployed: boolean;
  /** For example `$request.body.action`. */
  readonly routeSelectionExpression: string;
  /** Default: `$request.header.x-api-key`. */
  readonly apiKeySelectionExpression?: string;
  /** The API keys of the stage. */
  readonly apiKeys?: readonly ApiKeyModel[];
  readonly routes: readonly RouteModel[];
}

export interface RouteModel {
  /** `$connect`, `$disconnect`, `$default`, or a value of the selection expression. Case-sensitive. */
  readonly routeKey: string;
  readonly integration: IntegrationModel;
  /** Whether the result of the integration is sent to the client: the route has a route response. */
  readonly hasResponse: boolean;
  /** How clients of `$connect` are authorized. Absent if everybody can connect. */
  readonly authorization?: RouteAuthorization;
  /** Whether clients of `$connect` need an API key. */
  readonly requiresApiKey?: boolean;
  readonly validation?: ValidationModel;
  readonly throttle?: ThrottleModel;
}

/** The authorization of a WebSocket route. */
export type RouteAuthorization = { readonly type: 'AWS_IAM' } | LambdaAuthorizerModel;

/** The validation of a route's messages. */
export interface ValidationModel {
  /** ModelSelectionExpression. */
  readonly selection: string;
  /** JSON schemas by the keys of RequestModels. */
  readonly schemas: Readonly<Record<string, unknown>>;
}
