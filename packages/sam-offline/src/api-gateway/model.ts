import type { RoleModel } from '../iam/model';

export type AuthorizerModel = LambdaAuthorizerModel | JwtAuthorizerModel;

export interface LambdaAuthorizerModel {
  readonly type: 'REQUEST';
  /** The authorizer ID, which is unique within the application. */
  readonly id: string;
  readonly functionArn: string;
  /** The reason why API Gateway may not invoke the function. Absent if it may invoke the function. */
  readonly denial?: string;
  /** The identity sources, for example `route.request.header.Auth` or, in HTTP APIs, `$request.header.Auth`. */
  readonly identitySources: readonly string[];
  /** The event format. Applies to HTTP APIs. */
  readonly payloadFormat: PayloadFormat;
  /** Whether the authorizer returns `isAuthorized` instead of a policy. Requires the payload format 2.0. */
  readonly hasSimpleResponses: boolean;
  /** The number of seconds for which HTTP APIs cache a result. 0 disables caching. */
  readonly cacheSeconds: number;
}

export interface JwtAuthorizerModel {
  readonly type: 'JWT';
  readonly issuer: string;
  readonly audience: readonly string[];
  /** The identity source, for example `$request.header.Authorization`. */
  readonly identitySource: string;
}

/** An API key in a usage plan. */
export interface ApiKeyModel {
  readonly id: string;
  readonly value: string;
}

/** The integration of a route. */
export type IntegrationModel = LambdaProxyIntegration | MappedIntegration;

export interface LambdaProxyIntegration {
  readonly type: 'AWS_PROXY';
  readonly functionArn: string;
  /** The timeout. At most 29,000 for WebSocket APIs and 30,000 for HTTP APIs. */
  readonly timeoutMillis: number;
  /** The reason why API Gateway may not invoke the function. Absent if it may invoke the function. */
  readonly denial?: string;
  /** Whether the response is streamed while the function runs. Applies to REST APIs. */
  readonly isStreamed?: boolean;
  /** The format of the event and the result. Applies to HTTP APIs. Default: 2.0. */
  readonly payloadFormat?: PayloadFormat;
}

/** The versions of the payload format of HTTP APIs. */
export type PayloadFormat = '1.0' | '2.0';

/** An integration that maps requests and responses. `HTTP_PROXY` maps parameters only. */
export interface MappedIntegration {
  readonly type: 'AWS' | 'HTTP' | 'HTTP_PROXY' | 'MOCK';
  /** The timeout. At most 29,000 for WebSocket APIs and 30,000 for HTTP APIs. */
  readonly timeoutMillis: number;
  /** The URI of a service action, or a URL. Can contain `{parameters}` and `${stageVariables.NAME}`. Empty for MOCK. */
  readonly uri: string;
  readonly method: string;
  /** The function that an integration of the type AWS invokes. */
  readonly functionArn?: string;
  /** The role that API Gateway assumes to call a service. */
  readonly credentials?: CredentialsModel;
  /** The reason why API Gateway may not invoke the function. Absent if it may invoke the function. */
  readonly denial?: string;
  /** Selects the requests without a matching template that are passed through unchanged. */
  readonly passthrough: 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES' | 'NEVER';
  /** The sources of parameters by target, for example `integration.request.header.NAME`. */
  readonly requestParameters: Readonly<Record<string, string>>;
  /** Templates in the Velocity Template Language, by key. */
  readonly requestTemplates: Readonly<Record<string, string>>;
  readonly templateSelection?: string;
  readonly responses: readonly IntegrationResponseModel[];
}

/** The role of CredentialsArn. */
export interface CredentialsModel {
  readonly arn: string;
  /** The logical ID of the role, or its name if the template does not declare it. */
  readonly logicalId: string;
  readonly name: string;
  readonly role: RoleModel;
}

/** An integration response. It maps the backend responses whose status codes match its key. */
export interface IntegrationResponseModel {
  /** A status code, a regular expression in slashes, or `$default`. */
  readonly key: string;
  readonly templates: Readonly<Record<string, string>>;
  readonly templateSelection?: string;
}

/** The throttling limits of a route: requests per second, and the burst size. */
export interface ThrottleModel {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** An API key with the limits of its usage plan. */
export interface PlannedKeyModel extends ApiKeyModel {
  readonly planId: string;
  readonly throttle?: ThrottleModel;
  readonly quota?: QuotaModel;
}

export interface QuotaModel {
  readonly limit: number;
  readonly period: 'DAY' | 'WEEK' | 'MONTH';
}
