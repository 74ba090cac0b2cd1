import { followPath } from '../api-gateway/follow-path';
import type { HttpResult } from '../http-invocation/proxy-result';
import type { GatewayResponseModel, RestApiModel } from './model';

/**
 * The types of gateway responses, each with its status, its message, and the error type in the header `x-amzn-errortype`.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const TYPES = {
  ACCESS_DENIED: [403, 'User is not authorized to access this resource', 'AccessDeniedException'],
  API_CONFIGURATION_ERROR: [500, 'Internal server error', 'InternalServerErrorException'],
  AUTHORIZER_CONFIGURATION_ERROR: [500, null, 'AuthorizerConfigurationException'],
  AUTHORIZER_FAILURE: [500, null, 'AuthorizerConfigurationException'],
  BAD_REQUEST_BODY: [400, 'Invalid request body', 'BadRequestException'],
  BAD_REQUEST_PARAMETERS: [400, 'Missing required request parameters', 'BadRequestException'],
  EXPIRED_TOKEN: [403, 'The security token included in the request is expired', 'ExpiredTokenException'],
  INTEGRATION_FAILURE: [504, 'Network error communicating with endpoint', 'InternalServerErrorException'],
  INTEGRATION_TIMEOUT: [504, 'Endpoint request timed out', 'InternalServerErrorException'],
  INVALID_API_KEY: [403, 'Forbidden', 'ForbiddenException'],
  INVALID_SIGNATURE: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    'InvalidSignatureException',
  ],
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token', 'MissingAuthenticationTokenException'],
  QUOTA_EXCEEDED: [429, 'Limit Exceeded', 'LimitExceededException'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long', 'RequestTooLargeException'],
  THROTTLED: [429, 'Too Many Requests', 'TooManyRequestsException'],
  UNAUTHORIZED: [401, 'Unauthorized', 'UnauthorizedException'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Unsupported Media Type', 'UnsupportedMediaTypeException'],
} as const satisfies Record<string, readonly [number, string | null, string]>;

export type GatewayResponseType = keyof typeof TYPES;

/** The reason for a gateway response, which API Gateway sends instead of the integration's response. */
export interface GatewayFailure {
  readonly type: GatewayResponseType;
  /** The status. Default: the status of the response type. */
  readonly statusCode?: number;
  /** The message. Default: the message of the response type. */
  readonly message?: string | null;
  /** The reason for the log. The client does not receive it. */
  readonly reason?: string;
}

/** An error that results in a gateway response. */
export class GatewayError extends Error {
  constructor(readonly failure: GatewayFailure) {
    super(failure.reason ?? failure.type);
  }
}

/**
 * Creates the gateway response for a failure. Uses the customized response of the failure's type or, if the template does not
 * declare it, the customized default response for 4XX or 5XX.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
 *
 * @param context the value of `$context` in templates
 */
export function createGatewayResponse(
  { type, ...failure }: GatewayFailure,
  api: Pick<RestApiModel, 'gatewayResponses' | 'stageVariables'> | undefined,
  context: object,
): HttpResult {
  const [defaultStatus, defaultMessage, errorType] = TYPES[type];
  const original = failure.statusCode ?? defaultStatus;
  const message = failure.message === undefined ? defaultMessage : failure.message;
  const custom =
    api?.gatewayResponses[type] ?? api?.gatewayResponses[original < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX'];
  const messageString = JSON.stringify(message);
  const variables = {
    context: { ...context, error: { message, messageString, responseType: type } },
    stageVariables: api?.stageVariables ?? {},
  };
  const [contentType, template] = selectTemplate(custom);
  // In ACCESS_DENIED responses, the member starts with an upper-case letter.
  const member = type === 'ACCESS_DENIED' ? 'Message' : 'message';
  const body = template === undefined ? `{"${member}":${messageString}}` : fillIn(template, variables);
  return {
    statusCode: custom?.statusCode ?? original,
    headers: {
      'content-type': contentType,
      'x-amzn-errortype': errorType,
      ...readHeaders(custom, variables),
    },
    cookies: [],
    body: Buffer.from(body),
  };
}

function selectTemplate(custom: GatewayResponseModel | undefined): [string, string?] {
  const json = 'application/json';
  const templates = custom?.templates ?? {};
  const first = Object.entries(templates)[0] ?? [json];
  return Object.hasOwn(templates, json) ? [json, templates[json]] : [...first];
}

function readHeaders(custom: GatewayResponseModel | undefined, variables: object): Record<string, string> {
  const entries = Object.entries(custom?.headers ?? {}).flatMap(([name, source]) => {
    const literal = /^'(.*)'$/s.exec(source)?.[1];
    const value = literal ?? followPath(variables, source.replace(/^\$/, '').split('.'));
    return value === undefined || value === null ? [] : [[name.toLowerCase(), String(value)] as const];
  });
  return Object.fromEntries(entries);
}

/** Replaces the variables in a template. API Gateway does not invoke the VTL engine for templates of gateway responses. */
function fillIn(template: string, variables: object): string {
  return template.replace(
    /\$(?:\{((?:context|stageVariables)[\w.-]*)\}|((?:context|stageVariables)(?:\.[\w-]+)+))/g,
    (_, braced: string | undefined, plain: string | undefined) =>
      String(followPath(variables, (braced ?? plain ?? '').split('.')) ?? ''),
  );
}
