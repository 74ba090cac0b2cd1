import type { AddressInfo } from 'node:net';
import { Faults } from '../../src/core/faults';
import type { CallContext, JsonObject, Service } from '../../src/core/service';
import { createHttpFront, type HttpFrontOptions } from '../../src/http';

export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

export interface Call {
  action: string;
  input: JsonObject;
  context: CallContext;
}

/** A service that records its calls and answers what a test says. */
export function fakeService(answer: (call: Call) => JsonObject | Promise<JsonObject> = () => ({})) {
  const calls: Call[] = [];
  const service: Service = {
    async call(action, input, context) {
      const call = { action, input, context };
      calls.push(call);
      return answer(call);
    },
  };
  return { service, calls };
}

/** The HTTP front on an ephemeral port of 127.0.0.1. */
export async function startFront(options: Partial<HttpFrontOptions> = {}) {
  const logged: object[] = [];
  const server = createHttpFront({
    services: {},
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
    /** The configuration of an SDK client that calls this server. */
    client: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: CREDENTIALS,
      maxAttempts: 1,
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** What a call is rejected with. */
// biome-ignore lint/suspicious/noExplicitAny: errors of several SDK clients, each with members of its own
export async function failure(call: Promise<unknown>): Promise<any> {
  return call.then(
    () => {
      throw new Error('The call did not fail.');
    },
    (error) => error,
  );
}
