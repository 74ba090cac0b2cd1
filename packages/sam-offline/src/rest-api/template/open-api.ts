import { isObject, type JsonObject } from '../../core/service';
import type { PropertyMap } from '../../template/property-map';
import type { Stack } from '../../template/stack/stack';
import type { StackResource } from '../../template/stack/stack-resource';
import type { GatewayResponseModel, RestAuthorizerModel } from '../model';
import { createAuthorizer, createAuthorizerProperties } from './authorizers';
import {
  type ApiDefinition,
  type MethodAuth,
  type MethodDefinition,
  readTexts,
  type ValidationDefinition,
} from './definition';
import { createSchema } from './schemas';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
const ANY = 'x-amazon-apigateway-any-method';
const PREFIX = 'x-amazon-apigateway-';

/** A document, with the authorizers and schemes that its operations refer to. */
interface Source {
  readonly document: JsonObject;
  readonly at: PropertyMap;
  readonly authorizers: ReadonlyMap<string, RestAuthorizerModel>;
  /** The names of security schemes that require an API key, and of security schemes with IAM authorization. */
  readonly keySchemes: readonly string[];
  readonly iamSchemes: readonly string[];
}

/**
 * Reads an OpenAPI document (version 2 or 3) with API Gateway extensions.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
 */
export function readOpenApi(
  document: JsonObject,
  at: PropertyMap,
  api: StackResource,
  stack: Stack,
): ApiDefinition {
  const source = readSecurity(document, at, api, stack);
  const keySource = document[`${PREFIX}api-key-source`];
  return {
    methods: Object.entries(asObject(document.paths)).flatMap(([path, item]) => readPath(path, item, source)),
    gatewayResponses: readGatewayResponses(asObject(document[`${PREFIX}gateway-responses`])),
    binaryMediaTypes: asStrings(document[`${PREFIX}binary-media-types`]),
    apiKeySource: keySource === 'AUTHORIZER' ? 'AUTHORIZER' : 'HEADER',
  };
}

function readSecurity(document: JsonObject, at: PropertyMap, api: StackResource, stack: Stack): Source {
  const schemes = {
    ...asObject(document.securityDefinitions),
    ...asObject(asObject(document.components).securitySchemes),
  };
  const authorizers = new Map<string, RestAuthorizerModel>();
  const [keySchemes, iamSchemes]: [string[], string[]] = [[], []];
  for (const [name, value] of Object.entries(schemes)) {
    const scheme = asObject(value);
    const extension = scheme[`${PREFIX}authorizer`];
    if (isObject(extension)) authorizers.set(name, readAuthorizer(name, scheme, extension, at, api, stack));
    else if (String(scheme[`${PREFIX}authtype`]).toLowerCase() === 'awssigv4') iamSchemes.push(name);
    else if (scheme.type === 'apiKey' && String(scheme.name).toLowerCase() === 'x-api-key')
      keySchemes.push(name);
  }
  return { document, at, authorizers, keySchemes, iamSchemes };
}

function readAuthorizer(
  name: string,
  scheme: JsonObject,
  extension: JsonObject,
  at: PropertyMap,
  api: StackResource,
  stack: Stack,
): RestAuthorizerModel {
  const text = (value: unknown) => (value === undefined || value === null ? undefined : String(value));
  const header =
    scheme.in === 'header' && scheme.name !== 'Unused' ? `method.request.header.${scheme.name}` : undefined;
  const properties = createAuthorizerProperties(at, {
    Type: text(extension.type)?.toUpperCase(),
    AuthorizerUri: text(extension.authorizerUri),
    AuthorizerCredentials: text(extension.authorizerCredentials),
    IdentitySource: text(extension.identitySource) ?? header,
    IdentityValidationExpression: text(extension.identityValidationExpression),
    AuthorizerResultTtlInSeconds: text(extension.authorizerResultTtlInSeconds),
    ProviderARNs:
      isObject(extension) && Array.isArray(extension.providerARNs)
        ? asStrings(extension.providerARNs)
        : undefined,
  });
  return createAuthorizer({ properties, id: `${api.refValue}/${name}`, api }, stack);
}

function readPath(path: string, item: unknown, source: Source): MethodDefinition[] {
  const operations = asObject(item);
  const shared = Array.isArray(operations.parameters) ? operations.parameters : [];
  return Object.entries(operations).flatMap(([name, value]) => {
    if (name !== ANY && !METHODS.includes(name.toLowerCase())) return [];
    const operation = asObject(value);
    const method = name === ANY ? 'ANY' : name.toUpperCase();
    const integration = resolve(operation[`${PREFIX}integration`], source.document);
    return [
      {
        path,
        method,
        ...(isObject(integration) ? { integration } : {}),
        ...readAuth(operation, source),
        validation: readValidation(operation, shared, source.document),
        responses: readResponses(operation, source.document),
        at: source.at,
      },
    ];
  });
}

/** Reads the authorization of an operation. The `security` of an operation replaces the `security` of the document. */
function readAuth(
  operation: JsonObject,
  { document, authorizers, keySchemes, iamSchemes }: Source,
): { auth?: MethodAuth; requiresApiKey: boolean } {
  const security = operation.security ?? document.security;
  const entries = Array.isArray(security) ? security.flatMap((entry) => Object.entries(asObject(entry))) : [];
  const requiresApiKey = entries.some(([name]) => keySchemes.includes(name));
  const isIam =
    asObject(operation[`${PREFIX}auth`]).type === 'AWS_IAM' ||
    entries.some(([name]) => iamSchemes.includes(name));
  const [name = '', scopes] = entries.find(([each]) => authorizers.has(each)) ?? [];
  const authorizer = authorizers.get(name);
  if (isIam) return { auth: { requiresIam: true }, requiresApiKey };
  if (authorizer) return { auth: { authorizer, scopes: asStrings(scopes) }, requiresApiKey };
  return operation.security === undefined ? { requiresApiKey } : { auth: {}, requiresApiKey };
}

function readValidation(
  operation: JsonObject,
  shared: readonly unknown[],
  document: JsonObject,
): ValidationDefinition {
  const name = operation[`${PREFIX}request-validator`] ?? document[`${PREFIX}request-validator`];
  const validators = asObject(document[`${PREFIX}request-validators`]);
  const validator = asObject(validators[String(name)]);
  const own = Array.isArray(operation.parameters) ? operation.parameters : [];
  const parameters = [...shared, ...own].map((parameter) => asObject(resolve(parameter, document)));
  const LOCATIONS: Readonly<Record<string, string>> = {
    header: 'header',
    query: 'querystring',
    path: 'path',
  };
  const body = parameters.find((parameter) => parameter.in === 'body')?.schema;
  const content = asObject(asObject(resolve(operation.requestBody, document)).content);
  const schemas = Object.entries(content).map(([type, media]) => [type, asObject(media).schema] as const);
  if (body !== undefined) schemas.push(['application/json', body]);
  return {
    validatesBody: validator.validateRequestBody === true,
    validatesParameters: validator.validateRequestParameters === true,
    parameters: Object.fromEntries(
      parameters.flatMap((parameter) => {
        const location = LOCATIONS[String(parameter.in)];
        return location === undefined
          ? []
          : [[`method.request.${location}.${parameter.name}`, parameter.required === true]];
      }),
    ),
    schemas: Object.fromEntries(
      schemas.flatMap(([type, schema]) =>
        isObject(schema) ? [[type, createSchema(schema, document)] as const] : [],
      ),
    ),
  };
}

function readResponses(operation: JsonObject, document: JsonObject): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(asObject(operation.responses)).map(([status, response]) => [
      status,
      Object.keys(asObject(asObject(resolve(response, document)).headers)),
    ]),
  );
}

function readGatewayResponses(responses: JsonObject): Record<string, GatewayResponseModel> {
  return Object.fromEntries(
    Object.entries(responses).map(([type, value]) => [type, createGatewayResponseModel(asObject(value))]),
  );
}

/** Creates the model of a gateway response from its OpenAPI definition. */
export function createGatewayResponseModel(response: JsonObject): GatewayResponseModel {
  const headers = Object.entries(readTexts(response.responseParameters)).flatMap(([target, value]) => {
    const name = /^gatewayresponse\.header\.(.+)$/.exec(target)?.[1];
    return name === undefined ? [] : [[name, value] as const];
  });
  const { statusCode } = response;
  return {
    headers: Object.fromEntries(headers),
    templates: readTexts(response.responseTemplates),
    ...(statusCode === undefined || statusCode === null ? {} : { statusCode: Number(statusCode) }),
  };
}

/** Follows a `$ref` within the document. */
function resolve(value: unknown, document: JsonObject): unknown {
  const ref = isObject(value) ? value.$ref : undefined;
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return value;
  let current: unknown = document;
  for (const part of ref.slice(2).split('/'))
    current = asObject(current)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  return current;
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function asStrings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
