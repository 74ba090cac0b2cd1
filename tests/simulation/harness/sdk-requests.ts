import type { JsonObject } from 'sam-offline/testing';
import type { Gateway } from './gateway';

/** A request of an SDK client, as its HTTP handler receives it. */
interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Calls of one function. Services other than `execute-api` take and return the bodies of their JSON protocols. */
export interface FunctionCalls {
  call(service: string, action: string, input: JsonObject): Promise<JsonObject>;
  connections<Result>(action: string, effect: () => Promise<Result>): Promise<Result>;
}

/** A body that the SDK's parsers, which collect bytes, and the fan-out's poster, which reads a stream, both accept. */
class Body extends Uint8Array {
  resume(): void {}

  async *chunks(): AsyncGenerator<Uint8Array> {
    yield this;
  }
}
Object.defineProperty(Body.prototype, Symbol.asyncIterator, { value: Body.prototype.chunks });

interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const SERVICES: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'dynamodb',
  AWSEvents: 'events',
  secretsmanager: 'secretsmanager',
};

/** Creates the HTTP handler of a function's SDK clients. It calls the services in this process. */
export function createRequestHandler(calls: FunctionCalls, gateway: Gateway) {
  const respond = async (request: HttpRequest): Promise<HttpResponse> => {
    const target = request.headers['x-amz-target'] ?? request.headers['X-Amz-Target'];
    if (target === undefined) return callConnections(calls, gateway, request);
    const [protocol = '', action = ''] = target.split('.');
    const service = SERVICES[protocol];
    if (!service) throw new Error(`The simulation does not have the service ${protocol}.`);
    return createResponse(200, await calls.call(service, action, parse(request.body)));
  };
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: HttpRequest): Promise<{ response: HttpResponse }> {
      try {
        return { response: await respond(request) };
      } catch (error) {
        return { response: toErrorResponse(error) };
      }
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
}

async function callConnections(
  calls: FunctionCalls,
  gateway: Gateway,
  { method, path, body }: HttpRequest,
): Promise<HttpResponse> {
  const id = decodeURIComponent(path.split('/').at(-1) ?? '');
  if (method === 'POST') {
    await calls.connections('PostToConnection', async () => gateway.post(id, decode(body)));
    return createResponse(200, {});
  }
  if (method === 'DELETE') {
    await calls.connections('DeleteConnection', async () => gateway.delete(id));
    return createResponse(204, {});
  }
  const details = await calls.connections('GetConnection', async () => gateway.describe(id));
  return createResponse(200, details);
}

/** @throws the error itself if it is no response: the connection broke. */
function toErrorResponse(error: unknown): HttpResponse {
  const { code, status, message, fields } = error as {
    code: string;
    status?: number;
    message: string;
    fields?: JsonObject;
  };
  if (status === undefined) throw error;
  return createResponse(status, { __type: code, message, ...fields }, { 'x-amzn-errortype': code });
}

function createResponse(statusCode: number, body: JsonObject, headers = {}): HttpResponse {
  return { statusCode, headers, body: Body.from(Buffer.from(JSON.stringify(body))) };
}

function parse(body: HttpRequest['body']): JsonObject {
  return JSON.parse(decode(body) || '{}');
}

function decode(body: HttpRequest['body']): string {
  return typeof body === 'string' ? body : Buffer.from(body ?? []).toString();
}
