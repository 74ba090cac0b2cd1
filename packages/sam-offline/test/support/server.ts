import type { AddressInfo } from 'node:net';
import type { CallContext, JsonObject, Service } from '../../src/core/service';
import { Faults } from '../../src/faults/faults';
import { createHttpServer, type ServerOptions } from '../../src/server';

const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

export interface Call {
  action: string;
  input: JsonObject;
  context: CallContext;
}

/** Creates a service that records its calls. `respond` returns the output of each call. */
export function createFakeService(respond: (call: Call) => JsonObject | Promise<JsonObject> = () => ({})) {
  const calls: Call[] = [];
  const service: Service = {
    async call(action, input, context) {
      const call = { action, input, context };
      calls.push(call);
      return respond(call);
    },
  };
  return { service, calls };
}

/** Starts the HTTP server on a free port on 127.0.0.1. */
export async function startServer(options: Partial<ServerOptions> = {}) {
  const logged: object[] = [];
  const server = createHttpServer({
    services: {},
    region: 'us-east-1',
    faults: new Faults(),
    ready: () => true,
    log: (line) => logged.push(line),
    ...options,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    logged,
    port,
    url: `http://127.0.0.1:${port}`,
    /** The configuration for SDK clients that call this server. */
    client: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: CREDENTIALS,
      maxAttempts: 1,
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Returns the error of a call that must fail. */
// biome-ignore lint/suspicious/noExplicitAny: the errors of SDK clients have different properties
export async function failure(call: Promise<unknown>): Promise<any> {
  return call.then(
    () => {
      throw new Error('The call did not fail.');
    },
    (error) => error,
  );
}
