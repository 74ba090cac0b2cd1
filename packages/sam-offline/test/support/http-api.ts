import { type IncomingHttpHeaders, request } from 'node:http';
import type { HttpApiModel, HttpRouteModel } from '../../src/core/model';
import { createHttpApis, type HttpApisOptions } from '../../src/http-api';
import { startFront } from './http';

/** An event of payload format 2.0 as the functions of these tests see it. */
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
    routes: routeKeys.map((routeKey) => route(routeKey)),
    ...overrides,
  };
}

export function route(routeKey: string, overrides: Partial<HttpRouteModel> = {}): HttpRouteModel {
  return { routeKey, functionArn: `arn:${routeKey}`, timeoutMillis: 30_000, ...overrides };
}

interface Settings extends Partial<Omit<HttpApisOptions, 'invoke'>> {
  /** What the functions answer; default the function's ARN as a bare value. */
  answer?: (event: Event, functionArn: string) => Awaited<ReturnType<HttpApisOptions['invoke']>>;
  invoke?: HttpApisOptions['invoke'];
}

/** HTTP APIs behind the runtime's front, and the events that their functions were invoked with. */
export async function startHttpApis({ answer, apis = [], ...options }: Settings) {
  const events: Event[] = [];
  const logged: object[] = [];
  const httpApis = createHttpApis({
    accountId: '111122223333',
    log: (line) => logged.push(line),
    async invoke(functionArn, event) {
      events.push(event as Event);
      return answer?.(event as Event, functionArn) ?? { payload: functionArn };
    },
    apis,
    ...options,
  });
  const front = await startFront({ httpApis });
  return { ...front, events, logged };
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request with just these headers, which `fetch` would add to. */
export function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body: string | Buffer = '',
): Promise<Answer> {
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
