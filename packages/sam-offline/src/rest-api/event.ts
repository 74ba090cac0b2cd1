import type { IncomingMessage } from 'node:http';
import type { PlannedKeyModel } from '../api-gateway/model';
import type { RequestFacts } from '../http-invocation/event';
import { createHttpEventV1 } from '../http-invocation/event-v1';
import type { IamCaller } from '../iam/access-control';
import type { RestApiModel } from './model';
import type { Match } from './resources';

/** The properties of a request that the event contains. */
export interface RestRequestFacts {
  readonly api: RestApiModel;
  readonly match: Match;
  readonly accountId: string;
  readonly region: string;
  readonly requestId: string;
  /** The percent-encoded path after the stage. */
  readonly path: string;
  readonly body: Buffer;
  /** The current time in epoch milliseconds. */
  readonly now: number;
  readonly caller?: IamCaller;
  /** The context of a Lambda authorizer, or the claims of a token. */
  readonly authorizer?: Readonly<Record<string, unknown>>;
  readonly key?: PlannedKeyModel;
  /** The trace ID. Absent if the stage does not have active tracing. */
  readonly traceId?: string | undefined;
}

/** An event of a Lambda proxy integration. */
export interface RestEvent {
  readonly resource: string;
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
  readonly queryStringParameters: Readonly<Record<string, string>> | null;
  readonly multiValueQueryStringParameters: Readonly<Record<string, readonly string[]>> | null;
  readonly pathParameters: Readonly<Record<string, string>> | null;
  readonly stageVariables: Readonly<Record<string, string>> | null;
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
}

/** Headers that API Gateway does not pass to integrations. */
const DROPPED = [
  ...['content-length', 'content-md5', 'expect', 'max-forwards', 'proxy-authenticate', 'server', 'te'],
  ...['trailer', 'www-authenticate'],
];

/** Headers that API Gateway passes on with capitalized names. Other header names are not changed. */
const CAPITALIZED = ['Authorization', 'Host', 'User-Agent'];

/**
 * Creates the event of a Lambda proxy integration.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
 */
export function createRestEvent(request: IncomingMessage, facts: RestRequestFacts): RestEvent {
  const { api, match, path, now, caller, authorizer, key } = facts;
  const fullPath = `/${api.stage}${path}`;
  const { version: _, ...event } = createHttpEventV1(request, toHttpFacts(facts, fullPath));
  const { authorizer: _none, ...context } = event.requestContext as RestEvent['requestContext'];
  const query = event.multiValueQueryStringParameters as RestEvent['multiValueQueryStringParameters'];
  const multiValueHeaders = nameHeaders(event.multiValueHeaders as RestEvent['multiValueHeaders']);
  return {
    ...(event as unknown as RestEvent),
    path,
    headers: pickLast(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: query && pickLast(query),
    requestContext: {
      ...context,
      ...(authorizer === undefined ? {} : { authorizer }),
      extendedRequestId: createExtendedRequestId(facts.requestId),
      identity: {
        ...(context.identity as object),
        ...(key ? { apiKey: key.value, apiKeyId: key.id } : {}),
        ...(caller ? { accessKey: caller.accessKey } : {}),
      },
      path: fullPath,
      requestTimeEpoch: now,
      resourceId: match.route.resourceId,
    },
    ...encodeBody(facts.body, request.headers['content-type'], api.binaryMediaTypes),
  };
}

function toHttpFacts(facts: RestRequestFacts, path: string): RequestFacts {
  const { match, caller } = facts;
  return {
    ...facts,
    match: { route: { routeKey: `ANY ${match.resourcePath}` }, pathParameters: match.pathParameters },
    path,
    body: Buffer.alloc(0),
    identity: caller && { iam: caller },
  };
}

function nameHeaders(headers: RestEvent['multiValueHeaders']): RestEvent['multiValueHeaders'] {
  const entries = Object.entries(headers)
    .filter(([name]) => !DROPPED.includes(name.toLowerCase()))
    .map(([name, values]) => [
      CAPITALIZED.find((each) => each.toLowerCase() === name.toLowerCase()) ?? name,
      values,
    ]);
  return Object.fromEntries(entries);
}

function pickLast(members: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(members).map(([name, values]) => [name, values.at(-1) ?? '']));
}

function encodeBody(
  body: Buffer,
  contentType: string | undefined,
  binaryMediaTypes: readonly string[],
): Pick<RestEvent, 'body' | 'isBase64Encoded'> {
  if (body.length === 0) return { body: null, isBase64Encoded: false };
  const isBase64Encoded = isBinary(contentType, binaryMediaTypes);
  return { body: body.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded };
}

/**
 * Returns whether a media type matches a binary media type of the API. Binary media types can contain wildcards.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
 */
export function isBinary(mediaType: string | undefined, binaryMediaTypes: readonly string[]): boolean {
  const type = mediaType?.split(/[;,]/)[0]?.trim().toLowerCase();
  return binaryMediaTypes.some((binary) => {
    if (binary === '*/*') return true;
    const [main, sub] = binary.toLowerCase().split('/');
    return type === binary.toLowerCase() || (sub === '*' && type?.startsWith(`${main}/`) === true);
  });
}

/** Creates the ID in the header `x-amz-apigw-id`. It has 15 characters, and is derived from the request ID. */
export function createExtendedRequestId(requestId: string): string {
  return `${Buffer.from(requestId.replaceAll('-', ''), 'hex').subarray(0, 11).toString('base64url')}=`;
}
