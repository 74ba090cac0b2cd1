import { type IncomingHttpHeaders, request } from 'node:http';
import { createHttpApis, type HttpApisOptions } from '../../src/http-api';
import type { HttpApiModel, HttpRouteModel } from '../../src/http-api/model';
import { startServer } from './server';

/** An event of a function, in payload format 2.0. */
export interface Event {
  rawPath: string;
  body?: string;
  isBase64Encoded: boolean;
  headers: Record<string, string>;
  pathParameters?: Record<string, string>;
  requestContext: { http: Record<string, string> } & Record<string, unknown>;
  [member: string]: unknown;
}

export function httpApi(routeKeys: string[], overrides: Partial<HttpApiModel> = {}): HttpApiModel {
  return {
    logicalId: 'Api',
    apiId: 'a1b2c3d4e5',
    stage: '$default',
    stageVariables: {},
    isDeployed: true,
    routes: routeKeys.map((routeKey) => route(routeKey)),
    ...overrides,
  };
}

export function route(routeKey: string, overrides: Partial<HttpRouteModel> = {}): HttpRouteModel {
  const integration = { type: 'AWS_PROXY', functionArn: `arn:${routeKey}`, timeoutMillis: 30_000 } as const;
  return { routeKey, integration, ...overrides };
}

interface Settings extends Partial<Omit<HttpApisOptions, 'invoke'>> {
  /** Returns the result of a function. By default, the payload is the ARN of the function. */
  respond?: (event: Event, functionArn: string) => Awaited<ReturnType<HttpApisOptions['invoke']>>;
  invoke?: HttpApisOptions['invoke'];
}

/** Starts HTTP APIs and records the events of their functions. */
export async function startHttpApis({ respond, apis = [], ...options }: Settings) {
  const events: Event[] = [];
  const logged: object[] = [];
  const httpApis = createHttpApis({
    accountId: '111122223333',
    region: 'us-east-1',
    log: (line) => logged.push(line),
    async invoke(functionArn, event) {
      events.push(event as Event);
      return respond?.(event as Event, functionArn) ?? { payload: functionArn };
    },
    callService: () => Promise.reject(new Error('These APIs have no service integrations.')),
    apis,
    ...options,
  });
  const server = await startServer({ httpApis });
  return { ...server, events, logged };
}

export interface Response {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Sends a request with exactly these headers. `fetch` would add more headers. */
export function send(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body: string | Buffer = '',
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
