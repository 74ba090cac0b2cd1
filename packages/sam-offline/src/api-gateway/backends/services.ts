import { randomUUID } from 'node:crypto';
import { AwsError, isObject, type JsonObject } from '../../core/service';
import type { BackendRequest, BackendResponse } from '../mapping/run';
import { MappingError } from '../mapping/run';
import type { Backend } from './types';
import { parseServiceUri, type ServiceUri } from './uri';

/** Calls an action of a service. */
type Call = (action: string, input: JsonObject) => Promise<JsonObject>;

/** Converts a request to an action and its input, and the action's output to a response, in the protocol of a service. */
type Protocol = (request: BackendRequest, uri: ServiceUri, call: Call) => Promise<JsonObject>;

/** The services that integrations of the type AWS can call, in addition to Lambda and `@connections`. */
const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  dynamodb: callJson,
  events: callJson,
  secretsmanager: callJson,
  sqs: callSqs,
  ssm: callJson,
  states: callJson,
};

/** Sends a request to an emulated AWS service, with the permissions of the integration's role. */
export const awsBackend: Backend = async (request, integration, ports) => {
  const uri = parseServiceUri(request.uri);
  const protocol = uri && PROTOCOLS[uri.service];
  const principal = integration.credentials?.arn;
  try {
    if (uri?.service === 'lambda')
      return await invokeFunction(request, integration.functionArn, ports.invoke);
    if (principal === undefined) {
      throw new MappingError(
        500,
        SERVER_ERROR,
        'The integration has no CredentialsArn to call the service with.',
      );
    }
    if (uri?.service === 'execute-api') {
      const [apiId = '', path = ''] = [uri.subdomain, uri.path];
      const { method, body } = request;
      const result = await ports.callConnections({ apiId, method, path: `/${path}`, body }, principal);
      return { statusCode: result.status, headers: {}, body: result.body ?? '' };
    }
    if (!protocol)
      throw new MappingError(500, SERVER_ERROR, `The service of ${request.uri} is not supported.`);
    const { service } = uri;
    const output = await protocol(request, uri, (action, input) =>
      ports.callService(service, action, input, { principal }),
    );
    return toResponse(200, output);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status, code, message, fields } = error;
    return toResponse(status, { __type: code, message, ...fields });
  }
};

const SERVER_ERROR = 'Internal server error';

function toResponse(statusCode: number, body: JsonObject): BackendResponse {
  const headers = { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() };
  return { statusCode, headers, body: JSON.stringify(body) };
}

/** Invokes a function. As in the Lambda API, the response to a failed function has the status 200. */
async function invokeFunction(
  { headers, body }: BackendRequest,
  functionArn: string | undefined,
  invoke: Parameters<Backend>[2]['invoke'],
): Promise<BackendResponse> {
  if (functionArn === undefined) throw new MappingError(500, SERVER_ERROR, 'The function does not exist.');
  const invocation = invoke(functionArn, parseInput(body));
  if (headers['x-amz-invocation-type'] === 'Event') {
    invocation.catch(() => undefined);
    return { statusCode: 202, headers: {}, body: '' };
  }
  const { payload, functionError } = await invocation;
  return {
    statusCode: 200,
    headers: functionError === undefined ? {} : { 'x-amz-function-error': functionError },
    body: JSON.stringify(payload ?? null),
  };
}

/** Calls an action in the AWS JSON protocol. The URI or the header `X-Amz-Target` contains the action. */
async function callJson(
  { headers, body }: BackendRequest,
  { action }: ServiceUri,
  call: Call,
): Promise<JsonObject> {
  const name = action ?? headers['x-amz-target']?.split('.')[1];
  if (name === undefined || name === '')
    throw new AwsError('UnknownOperationException', 'The request names no action.');
  return call(name, parseInput(body));
}

function parseInput(body: string): JsonObject {
  let input: unknown;
  try {
    input = JSON.parse(body === '' ? '{}' : body);
  } catch {
    input = undefined;
  }
  if (!isObject(input)) throw new AwsError('SerializationException', 'The request is not a JSON object.');
  return input;
}

/**
 * Calls an Amazon SQS action in the JSON protocol or in the query protocol. In the query protocol, the form parameter `Action`
 * contains the action, and the response wraps the output.
 */
async function callSqs(request: BackendRequest, uri: ServiceUri, call: Call): Promise<JsonObject> {
  if (request.headers['x-amz-target'] !== undefined) return callJson(request, uri, call);
  const form = new URLSearchParams(request.body);
  for (const [name, value] of Object.entries(request.query)) form.set(name, value);
  const action = form.get('Action') ?? uri.action;
  if (!action) throw new AwsError('MissingAction', 'The request must contain the parameter Action.');
  const output = await call(action, readForm(form, uri.path));
  return {
    [`${action}Response`]: { [`${action}Result`]: output, ResponseMetadata: { RequestId: randomUUID() } },
  };
}

const NUMBERS = ['DelaySeconds', 'MaxNumberOfMessages', 'VisibilityTimeout', 'WaitTimeSeconds'];

/** Reads the parameters of the SQS query protocol. The path `ACCOUNT/QUEUE` or the parameter QueueUrl identifies the queue. */
function readForm(form: URLSearchParams, path: string | undefined): JsonObject {
  const input: JsonObject = path === undefined ? {} : { QueueUrl: path.split('/').at(-1) };
  const attributes: Record<string, Record<string, string>> = {};
  for (const [name, value] of form) {
    const [, index, member = ''] = /^MessageAttribute\.(\d+)\.(?:Value\.)?(\w+)$/.exec(name) ?? [];
    if (index !== undefined) attributes[index] = { ...attributes[index], [member]: value };
    else if (name !== 'Action' && name !== 'Version')
      input[name] = NUMBERS.includes(name) ? Number(value) : value;
  }
  const entries = Object.values(attributes).map(({ Name = '', ...value }) => [Name, value] as const);
  return entries.length === 0 ? input : { ...input, MessageAttributes: Object.fromEntries(entries) };
}
