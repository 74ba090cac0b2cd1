import type { JsonObject } from 'sam-offline/testing';

/** Calls an action of a service for one function. Inputs and outputs have the format of the SDK commands. */
export type CallService = (service: string, action: string, input: JsonObject) => Promise<JsonObject>;

type Package = Readonly<Record<string, unknown>>;
type Middleware = (next: (args: object) => Promise<object>, context: { commandName: string }) => unknown;

interface Stack {
  add(middleware: Middleware, options: { step: string; name: string }): void;
  identify(): string[];
  remove(name: string): boolean;
  resolve(handler: unknown, context: object): unknown;
}

interface SdkError {
  readonly code: string;
  readonly message: string;
  /** The status of the response. Undefined if the connection failed. */
  readonly status?: number;
  readonly fields?: JsonObject;
}

/** The client classes and the base classes of their errors. */
const CLIENTS = [
  { service: 'dynamodb', client: 'DynamoDBClient', error: 'DynamoDBServiceException' },
  { service: 'events', client: 'EventBridgeClient', error: 'EventBridgeServiceException' },
  { service: 'secretsmanager', client: 'SecretsManagerClient', error: 'SecretsManagerServiceException' },
  {
    service: 'execute-api',
    client: 'ApiGatewayManagementApiClient',
    error: 'ApiGatewayManagementApiServiceException',
  },
];

/**
 * Replaces the client of an SDK package with a client that calls the services in this process. Commands, item conversions,
 * retries and error classes are from the SDK. Endpoints, signatures and the wire format are omitted, because they would take
 * half of the CPU time of a run. All tests on real sockets cover them.
 */
export function withSimulatedClient(found: Package, call: CallService): Package {
  const about = CLIENTS.find(({ client }) => client in found);
  if (!about) return found;
  const Client = found[about.client] as new (config: object) => { middlewareStack: Stack };
  const perform: Middleware =
    (_, { commandName }) =>
    async (args: { input: object }) => {
      const action = commandName.replace(/Command$/, '');
      try {
        const output = await call(about.service, action, toJson(args.input));
        return { response: {}, output: { ...output, $metadata: {} } };
      } catch (error) {
        throw toException(found, about.error, error as SdkError);
      }
    };
  class SimulatedClient extends Client {
    constructor(config: object) {
      super({ ...config, requestHandler: createPostHandler(call) });
      const stack = this.middlewareStack;
      // identify() does not list this middleware, because it is relative to middleware that each command adds.
      stack.remove('httpAuthSchemeMiddleware');
      for (const [name] of stack.identify().map((entry) => entry.split(' ')))
        if (name && name !== 'retryMiddleware') stack.remove(name);
      // The item conversions are positioned relative to this middleware.
      stack.add((next) => next, { step: 'serialize', name: 'serializerMiddleware' });
      stack.add(perform, { step: 'deserialize', name: 'deserializerMiddleware' });
    }
  }
  return Object.create(found, { [about.client]: { value: SimulatedClient, enumerable: true } });
}

/**
 * Makes commands use only the middleware of the client.
 *
 * @param found a package that contains the base class of all commands.
 */
export function skipCommandMiddleware({ $Command }: Package): void {
  const { prototype } = $Command as { prototype: object };
  Object.assign(prototype, {
    resolveMiddlewareWithContext: (stack: Stack, _config: object, _options: object, context: object) =>
      stack.resolve(undefined, { ...context, __smithy_context: {} }),
  });
}

/** Creates the HTTP handler. Only the fan-out's poster uses it directly. */
function createPostHandler(call: CallService) {
  return {
    async handle({ path, body }: { path: string; body: string }) {
      const id = decodeURIComponent(path.split('/').at(-1) as string);
      try {
        await call('execute-api', 'PostToConnection', { ConnectionId: id, Data: body });
        return { response: createResponse(200, '{}') };
      } catch (error) {
        const { code, status, message } = error as SdkError;
        if (status === undefined) throw error;
        return { response: createResponse(status, message, { 'x-amzn-errortype': code }) };
      }
    },
    metadata: { handlerProtocol: 'http/1.1' },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
}

function createResponse(statusCode: number, text: string, headers: Readonly<Record<string, string>> = {}) {
  const body = {
    resume() {},
    async *[Symbol.asyncIterator]() {
      yield Buffer.from(text);
    },
  };
  return { statusCode, headers, body };
}

/** Returns the exception that the SDK creates for a response, or the error itself if the connection failed. */
function toException(found: Package, base: string, error: SdkError): unknown {
  const { code, status, message, fields } = error;
  if (status === undefined) return error;
  const Exception = (found[code] ?? found[base]) as new (options: object) => Error;
  return new Exception({
    ...{ name: code, $fault: status < 500 ? 'client' : 'server', $metadata: { httpStatusCode: status } },
    ...{ message, ...fields },
  });
}

/** Returns a copy of the input without undefined members, like the body of a request. */
function toJson(input: object): JsonObject {
  return JSON.parse(JSON.stringify(input));
}
