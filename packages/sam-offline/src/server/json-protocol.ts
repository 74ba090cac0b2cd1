import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type JsonObject, type Service } from '../core/service';
import { readBody } from '../http/body';
import { reply } from '../http/reply';
import { createCallContext, type FindSigner } from './call-context';
import { MAX_BODY_BYTES, toAwsError } from './errors';

/** A service's variant of the AWS JSON protocol. */
interface Dialect {
  readonly service: string;
  readonly version: '1.0' | '1.1';
  /** The part of an error's `__type` before `#Code`. */
  readonly namespace?: string;
  /** The name of the member that contains the error message. Default: `message`. */
  readonly messageMember?: 'Message';
  /** The response status for unsigned requests. */
  readonly unsignedStatus: number;
  /**
   * Whether errors have the header `x-amzn-query-error`. SQS clients of the older query protocol read the error code from this
   * header.
   */
  readonly queryCompatible?: boolean;
}

/** The dialects, by the part of `X-Amz-Target` before the dot. */
const DIALECTS = new Map<string, Dialect>([
  [
    'DynamoDB_20120810',
    {
      service: 'dynamodb',
      version: '1.0',
      namespace: 'com.amazonaws.dynamodb.v20120810',
      unsignedStatus: 400,
    },
  ],
  [
    'DynamoDBStreams_20120810',
    {
      service: 'dynamodbstreams',
      version: '1.0',
      namespace: 'com.amazonaws.dynamodb.v20120810',
      unsignedStatus: 400,
    },
  ],
  [
    'AWSEvents',
    { service: 'events', version: '1.1', namespace: 'com.amazonaws.events', unsignedStatus: 400 },
  ],
  [
    'AWSStepFunctions',
    {
      service: 'states',
      version: '1.0',
      namespace: 'com.amazonaws.swf.service.v2.model',
      unsignedStatus: 400,
    },
  ],
  [
    'AmazonSQS',
    {
      service: 'sqs',
      version: '1.0',
      namespace: 'com.amazonaws.sqs',
      unsignedStatus: 403,
      queryCompatible: true,
    },
  ],
  ['AmazonSSM', { service: 'ssm', version: '1.1', unsignedStatus: 400 }],
  [
    'secretsmanager',
    { service: 'secretsmanager', version: '1.1', messageMember: 'Message', unsignedStatus: 400 },
  ],
]);

/** Error codes of the SQS query protocol that differ from the shape name, by shape name. */
const QUERY_CODES = new Map([
  ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'],
  ['QueueNameExists', 'QueueAlreadyExists'],
  ...[
    'BatchEntryIdsNotDistinct',
    'BatchRequestTooLong',
    'EmptyBatchRequest',
    'InvalidBatchEntryId',
    'MessageNotInflight',
    'PurgeQueueInProgress',
    'QueueDeletedRecently',
    'TooManyEntriesInBatchRequest',
    'UnsupportedOperation',
  ].map((code) => [code, `AWS.SimpleQueueService.${code}`] as const),
]);

/**
 * Handles a request in the AWS JSON protocol 1.0 or 1.1: `POST /` with `X-Amz-Target: PREFIX.Action`. Never rejects. As on AWS,
 * a signature is required, but it is not verified.
 */
export async function handleJsonProtocol(
  services: Record<string, Service>,
  request: IncomingMessage,
  response: ServerResponse,
  log?: (line: object) => void,
  findSigner?: FindSigner,
): Promise<void> {
  const target = String(request.headers['x-amz-target'] ?? '');
  const [prefix = '', action = ''] = target.split('.', 2);
  const dialect = DIALECTS.get(prefix);
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    const service = dialect && services[dialect.service];
    if (!service || action === '') {
      const message = `The local runtime does not support the operation "${target}" (X-Amz-Target).`;
      throw new AwsError('UnknownOperationException', message);
    }
    if (request.headers.authorization === undefined) {
      const message = 'Request is missing Authentication Token';
      throw new AwsError('MissingAuthenticationTokenException', message, dialect.unsignedStatus);
    }
    const input = parseInput(body);
    const output = await service.call(action, input, createCallContext(request, findSigner));
    reply(response, 200, contentType(dialect), JSON.stringify(output ?? {}), requestId());
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    replyError(response, dialect, toAwsError(error, log));
  }
}

function parseInput(body: Buffer | undefined): JsonObject {
  if (body === undefined) {
    const message = `The request body is larger than ${MAX_BODY_BYTES} bytes.`;
    throw new AwsError('RequestEntityTooLargeException', message, 413);
  }
  let input: unknown;
  try {
    input = body.length === 0 ? {} : JSON.parse(body.toString());
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON.');
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new AwsError('SerializationException', 'The request body is not a JSON object.');
  }
  return input as JsonObject;
}

function replyError(response: ServerResponse, dialect: Dialect | undefined, error: AwsError): void {
  const { code, message, fields, status } = error;
  const headers = requestId();
  if (dialect?.queryCompatible) {
    const fault = status < 500 ? 'Sender' : 'Receiver';
    headers['x-amzn-query-error'] = `${QUERY_CODES.get(code) ?? code};${fault}`;
  }
  const member = dialect?.messageMember ?? messageMember(code);
  const body = JSON.stringify({ __type: typeOf(dialect, code), [member]: message, ...fields });
  reply(response, status, contentType(dialect), body, headers);
}

function typeOf(dialect: Dialect | undefined, code: string): string {
  if (!dialect) return `${SERVICE}#${code}`;
  if (dialect.namespace === undefined) return code;
  return `${COMMON_NAMESPACES.get(code) ?? dialect.namespace}#${code}`;
}

const SERVICE = 'com.amazon.coral.service';

/**
 * The namespaces of errors that AWS's service framework raises, rather than a service. They are from dynalite, which tests them
 * against DynamoDB: https://github.com/architect/dynalite/blob/main/test/helpers.js
 */
const COMMON_NAMESPACES = new Map([
  ['AccessDeniedException', SERVICE],
  ['MissingAuthenticationTokenException', SERVICE],
  ['SerializationException', SERVICE],
  ['UnknownOperationException', SERVICE],
  ['ThrottlingException', 'com.amazon.coral.availability'],
  ['ValidationException', 'com.amazon.coral.validate'],
]);

/** The errors whose message member is `Message`, with an upper-case M. */
const UPPER_CASE_MESSAGE = new Set([
  'AccessDeniedException',
  'SerializationException',
  'TransactionCanceledException',
]);

function messageMember(code: string): string {
  return UPPER_CASE_MESSAGE.has(code) ? 'Message' : 'message';
}

function contentType(dialect: Dialect | undefined): string {
  return `application/x-amz-json-${dialect?.version ?? '1.0'}`;
}

function requestId(): Record<string, string> {
  return { 'x-amzn-RequestId': randomUUID() };
}
