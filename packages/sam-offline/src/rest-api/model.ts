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
  /** The dimension of its metrics. */
  readonly name: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly routes: readonly RestRouteModel[];
  /** For example `image/png` or a wildcard such as `image/*`. */
  readonly binaryMediaTypes: readonly string[];
  /** Customized gateway responses by type, for example `DEFAULT_4XX`. */
  readonly gatewayResponses: Readonly<Record<string, GatewayResponseModel>>;
  /** Where API Gateway reads API keys from: the header `x-api-key`, or the result of the Lambda authorizer. */
  readonly apiKeySource: 'HEADER' | 'AUTHORIZER';
  /** The API keys of the usage plans with this stage. */
  readonly apiKeys: readonly PlannedKeyModel[];
  /** Whether the stage has active tracing. */
  readonly tracing: boolean;
}

/** A method of a resource. */
export interface RestRouteModel {
  /** `METHOD /path`, with `ANY` for all methods and path variables in braces. */
  readonly routeKey: string;
  readonly resourceId: string;
  readonly integration: RestIntegrationModel;
  /** Whether requests must be signed by a caller with the permission to invoke the method. */
  readonly requiresIam?: boolean;
  readonly authorizer?: RestAuthorizerModel;
  /** An access token must have one of these scopes, if there are any. Only with a Cognito authorizer. */
  readonly scopes?: readonly string[];
  readonly requiresApiKey?: boolean;
  readonly validation?: RequestValidationModel;
  readonly throttle?: ThrottleModel;
}

export type RestIntegrationModel = LambdaProxyIntegration | RestMappedIntegration;

/** An integration whose requests and responses are mapped. `HTTP_PROXY` maps the parameters of requests only. */
export interface RestMappedIntegration extends Omit<MappedIntegration, 'responses' | 'templateSelection'> {
  readonly responses: readonly RestIntegrationResponse[];
}

/** The mapping of the responses that match a pattern. */
export interface RestIntegrationResponse {
  /** Matches the status or, for a function, the error message. Absent for the default. */
  readonly pattern?: string;
  readonly statusCode: number;
  /** Whether the method has a method response with the status. */
  readonly isDeclared: boolean;
  /** Sources of headers by name, for example `integration.response.header.x` or `'text'`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Templates in the Velocity Template Language by content type. */
  readonly templates: Readonly<Record<string, string>>;
}

export type RestAuthorizerModel = RestLambdaAuthorizerModel | CognitoAuthorizerModel;

export interface RestLambdaAuthorizerModel {
  readonly type: 'TOKEN' | 'REQUEST';
  /** Unique within the application. */
  readonly id: string;
  readonly functionArn: string;
  /** Why API Gateway may not invoke the function. Absent if it may. */
  readonly denial?: string;
  /** For example `route.request.header.Authorization`. */
  readonly identitySources: readonly string[];
  /** A regular expression that the token must match. */
  readonly validation?: string;
  readonly cacheSeconds: number;
}

export interface CognitoAuthorizerModel {
  readonly type: 'COGNITO_USER_POOLS';
  /** The URLs that issue tokens: one for each user pool. */
  readonly issuers: readonly string[];
  readonly identitySource: string;
}

export interface RequestValidationModel {
  /** The required parameters, for example `method.request.querystring.page`. */
  readonly parameters: readonly string[];
  /** JSON Schemas of the body by content type. Absent if bodies are not validated. */
  readonly schemas?: Readonly<Record<string, object>>;
}

export interface GatewayResponseModel {
  readonly statusCode?: number;
  /** Sources by header name, for example `'*'` or `context.requestId`. */
  readonly headers: Readonly<Record<string, string>>;
  /** By content type. */
  readonly templates: Readonly<Record<string, string>>;
}
