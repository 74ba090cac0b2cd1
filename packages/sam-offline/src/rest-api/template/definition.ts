import type { PropertyMap } from '../../template/property-map';
import type { GatewayResponseModel, RestAuthorizerModel } from '../model';

/** The definition of a REST API from an OpenAPI document, function events or resources. */
export interface ApiDefinition {
  readonly methods: readonly MethodDefinition[];
  readonly gatewayResponses: Readonly<Record<string, GatewayResponseModel>>;
  readonly binaryMediaTypes: readonly string[];
  readonly apiKeySource: 'HEADER' | 'AUTHORIZER';
}

export interface MethodDefinition {
  readonly path: string;
  /** The HTTP method in upper case, or `ANY` for all methods. */
  readonly method: string;
  /** The resource ID. The runtime generates it from the path if it is absent. */
  readonly resourceId?: string;
  readonly integration?: IntegrationDefinition;
  /** The authorization. If absent, SAM's default authorization applies. */
  readonly auth?: MethodAuth;
  readonly requiresApiKey: boolean;
  readonly validation: ValidationDefinition;
  /** The header names of method responses, by status. */
  readonly responses: Readonly<Record<string, readonly string[]>>;
  /** The location at which problems of the method are reported. */
  readonly at: PropertyMap;
}

/** The authorization of a method. If the object is empty, the method is open. */
export interface MethodAuth {
  readonly requiresIam?: boolean;
  readonly authorizer?: RestAuthorizerModel;
  readonly scopes?: readonly string[];
}

export interface ValidationDefinition {
  readonly validatesBody: boolean;
  readonly validatesParameters: boolean;
  /** Whether a parameter is required, by source, for example `method.request.querystring.page`. */
  readonly parameters: Readonly<Record<string, boolean>>;
  /** JSON Schemas, by content type. */
  readonly schemas: Readonly<Record<string, object>>;
}

export const NO_VALIDATION: ValidationDefinition = {
  validatesBody: false,
  validatesParameters: false,
  parameters: {},
  schemas: {},
};

/**
 * An integration with the member names of OpenAPI.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
 */
export interface IntegrationDefinition {
  readonly type?: unknown;
  readonly uri?: unknown;
  readonly httpMethod?: unknown;
  readonly credentials?: unknown;
  readonly passthroughBehavior?: unknown;
  readonly requestParameters?: unknown;
  readonly requestTemplates?: unknown;
  readonly responses?: unknown;
  readonly contentHandling?: unknown;
  readonly timeoutInMillis?: unknown;
  readonly connectionType?: unknown;
  readonly responseTransferMode?: unknown;
  readonly [member: string]: unknown;
}

/** Returns the members of an object as strings. Converts objects to JSON. */
export function readTexts(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      typeof member === 'object' ? JSON.stringify(member) : String(member),
    ]),
  );
}
