import type { RoleModel } from '../iam/model';

export type AuthorizerModel = LambdaAuthorizerModel | JwtAuthorizerModel;

export interface LambdaAuthorizerModel {
  readonly type: 'REQUEST';
  /** Unique within the application. */
  readonly id: string;
  readonly functionArn: string;
  /** Why API Gateway may not invoke the function. Absent if it may. */
  readonly denial?: string;
  /** For example `route.request.header.Auth`, or `$request.header.Auth` in HTTP APIs. */
  readonly identitySources: readonly string[];
  /** The format of the event of HTTP APIs. */
  readonly payloadFormat: PayloadFormat;
  /** Whether the authorizer returns `isAuthorized` instead of a policy. Only with the format 2.0. */
  readonly hasSimpleResponses: boolean;
  /** How long HTTP APIs cache a result. 0: not at all. */
  readonly cacheSeconds: number;
}

export interface JwtAuthorizerModel {
  readonly type: 'JWT';
  readonly issuer: string;
  readonly audience: readonly string[];
  /** For example `$request.header.Authorization`. */
  readonly identitySource: string;
}

/** An API key of a usage plan. */
export interface ApiKeyModel {
  readonly id: string;
  readonly value: string;
}

/** The integration of a route, by its type. */
export type IntegrationModel = LambdaProxyIntegration | MappedIntegration;

export interface LambdaProxyIntegration {
  readonly type: 'AWS_PROXY';
  readonly functionArn: string;
  /** At most 29,000 for WebSocket APIs and 30,000 for HTTP APIs. */
  readonly timeoutMillis: number;
  /** Why API Gateway may not invoke the function. Absent if it may. */
  readonly denial?: string;
  /** Whether the response is sent while the function runs. Only in REST APIs. */
  readonly isStreamed?: boolean;
  /** The format of the event and the result of HTTP APIs. Default: 2.0. */
  readonly payloadFormat?: PayloadFormat;
}

/** The versions of the payload format of HTTP APIs. */
export type PayloadFormat = '1.0' | '2.0';

/** An integration whose requests and responses are mapped. `HTTP_PROXY` maps parameters only. */
export interface MappedIntegration {
  readonly type: 'AWS' | 'HTTP' | 'HTTP_PROXY' | 'MOCK';
  /** At most 29,000 for WebSocket APIs and 30,000 for HTTP APIs. */
  readonly timeoutMillis: number;
  /** The URI of a service action or a URL, with `{parameters}` and `${stageVariables.NAME}`. Empty for MOCK. */
  readonly uri: string;
  readonly method: string;
  /** The function of an integration of the type AWS with the URI of a function. */
  readonly functionArn?: string;
  /** The role that API Gateway assumes to call a service. */
  readonly credentials?: CredentialsModel;
  /** Why API Gateway may not call the function. Absent if it may. */
  readonly denial?: string;
  /** Which requests without a matching template are passed through unchanged. */
  readonly passthrough: 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES' | 'NEVER';
  /** RequestParameters: sources by target, `integration.request.header.NAME`. */
  readonly requestParameters: Readonly<Record<string, string>>;
  /** Templates in the Velocity Template Language by key. */
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

/** An integration response: the mapping of the responses with the matching status codes. */
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
