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
  /** Whether the stage has a deployment. Without a deployment, API Gateway rejects clients. */
  readonly isDeployed: boolean;
  /** The route selection expression, for example `$request.body.action`. */
  readonly routeSelectionExpression: string;
  /** The API key selection expression. Default: `$request.header.x-api-key`. */
  readonly apiKeySelectionExpression?: string;
  /** The API keys of the stage. */
  readonly apiKeys?: readonly ApiKeyModel[];
  readonly routes: readonly RouteModel[];
}

export interface RouteModel {
  /** The route key: `$connect`, `$disconnect`, `$default`, or a value of the route selection expression. Case-sensitive. */
  readonly routeKey: string;
  readonly integration: IntegrationModel;
  /** Whether the route has a route response. The result of the integration is then sent to the client. */
  readonly hasResponse: boolean;
  /** The authorization of clients. Only `$connect` can have it. Absent if all clients can connect. */
  readonly authorization?: RouteAuthorization;
  /** Whether clients need an API key. Only `$connect` can require it. */
  readonly requiresApiKey?: boolean;
  readonly validation?: ValidationModel;
  readonly throttle?: ThrottleModel;
}

/** The authorization of a WebSocket route. */
export type RouteAuthorization = { readonly type: 'AWS_IAM' } | LambdaAuthorizerModel;

/** The validation of a route's messages. */
export interface ValidationModel {
  /** The ModelSelectionExpression, which selects a schema. */
  readonly selection: string;
  /** The JSON schemas by RequestModels key. */
  readonly schemas: Readonly<Record<string, unknown>>;
}
