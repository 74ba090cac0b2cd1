import type {
  LambdaProxyIntegration,
  MappedIntegration,
  PlannedKeyModel,
  ThrottleModel,
} from '../api-gateway/model';

/** A stage of a REST API. */
export interface RestApiModel {
  /** The logical ID of the API. */
  readonly logicalId: string;
  readonly apiId: string;
  /** The API name, which is a dimension of metrics. */
  readonly name: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly routes: readonly RestRouteModel[];
  /** The binary media types, for example `image/png` or a wildcard such as `image/*`. */
  readonly binaryMediaTypes: readonly string[];
  /** Customized gateway responses by type, for example `DEFAULT_4XX`. */
  readonly gatewayResponses: Readonly<Record<string, GatewayResponseModel>>;
  /** The source of API keys: the header `x-api-key`, or the result of the Lambda authorizer. */
  readonly apiKeySource: 'HEADER' | 'AUTHORIZER';
  /** The API keys in usage plans that contain this stage. */
  readonly apiKeys: readonly PlannedKeyModel[];
  /** Whether the stage has active tracing. */
  readonly tracing: boolean;
}

/** A method of a resource. */
export interface RestRouteModel {
  /** The route key: `METHOD /path`. The method `ANY` matches all methods. Path variables are in braces. */
  readonly routeKey: string;
  readonly resourceId: string;
  readonly integration: RestIntegrationModel;
  /** Whether requests must be signed by a caller that has permission to invoke the method. */
  readonly requiresIam?: boolean;
  readonly authorizer?: RestAuthorizerModel;
  /** If the list is not empty, an access token must have one of these scopes. Applies to Cognito authorizers. */
  readonly scopes?: readonly string[];
  readonly requiresApiKey?: boolean;
  readonly validation?: RequestValidationModel;
  readonly throttle?: ThrottleModel;
}

export type RestIntegrationModel = LambdaProxyIntegration | RestMappedIntegration;

/** An integration that maps requests and responses. `HTTP_PROXY` maps only the parameters of requests. */
export interface RestMappedIntegration extends Omit<MappedIntegration, 'responses' | 'templateSelection'> {
  readonly responses: readonly RestIntegrationResponse[];
}

/** Maps the backend responses that match a pattern. */
export interface RestIntegrationResponse {
  /** Matches the status or, for functions, the error message. Absent for the default response. */
  readonly pattern?: string;
  readonly statusCode: number;
  /** Whether the method declares a method response with the status. */
  readonly isDeclared: boolean;
  /** Sources of headers by name, for example `integration.response.header.x` or `'text'`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Templates in the Velocity Template Language, by content type. */
  readonly templates: Readonly<Record<string, string>>;
}

export type RestAuthorizerModel = RestLambdaAuthorizerModel | CognitoAuthorizerModel;

export interface RestLambdaAuthorizerModel {
  readonly type: 'TOKEN' | 'REQUEST';
  /** The authorizer ID, which is unique within the application. */
  readonly id: string;
  readonly functionArn: string;
  /** The reason why API Gateway may not invoke the function. Absent if it may invoke the function. */
  readonly denial?: string;
  /** The identity sources, for example `route.request.header.Authorization`. */
  readonly identitySources: readonly string[];
  /** A regular expression that the token must match. */
  readonly validation?: string;
  readonly cacheSeconds: number;
}

export interface CognitoAuthorizerModel {
  readonly type: 'COGNITO_USER_POOLS';
  /** The URLs of token issuers, one for each user pool. */
  readonly issuers: readonly string[];
  readonly identitySource: string;
}

export interface RequestValidationModel {
  /** The sources of required parameters, for example `method.request.querystring.page`. */
  readonly parameters: readonly string[];
  /** JSON Schemas of the body, by content type. Absent if bodies are not validated. */
  readonly schemas?: Readonly<Record<string, object>>;
}

export interface GatewayResponseModel {
  readonly statusCode?: number;
  /** Sources of headers by name, for example `'*'` or `context.requestId`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The templates by content type. */
  readonly templates: Readonly<Record<string, string>>;
}
