import type { IncomingMessage } from 'node:http';
import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import type { ConnectionsApi, PostResult } from '../api-gateway/connections-api';
import { createPostSigner } from './post-signer';

/**
 * Creates a PostToConnection client for the fan-out. It uses the credentials and the HTTP handler of the SDK client, but skips
 * the middleware. The middleware takes several times the CPU time of the request itself (`npm run bench -- posting`). It sends
 * the same request and reports the same errors as `createConnectionsApi`, without retries.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export function createPoster(
  client: ApiGatewayManagementApiClient,
  endpoint: string,
): Pick<ConnectionsApi, 'post'> {
  const { requestHandler } = client.config;
  const { protocol, hostname, port, pathname, host } = new URL(endpoint);
  const stagePath = pathname.replace(/\/$/, '');
  const target = {
    method: 'POST',
    protocol,
    hostname,
    ...(port === '' ? {} : { port: Number(port) }),
    query: {},
  };
  const sign = createPostSigner(client.config, host, stagePath);
  return {
    async post(connectionId, frame) {
      const request = {
        ...target,
        path: `${stagePath}/@connections/${encodeURIComponent(connectionId)}`,
        headers: await sign(connectionId, frame),
        body: frame,
      };
      const { response } = await requestHandler.handle(
        request as Parameters<typeof requestHandler.handle>[0],
      );
      return toPostResult(response);
    },
  };
}

/** Thrown if API Gateway returns an error other than 410 and 429 for a post. */
export class PostError extends Error {
  /** @param name the name of the error, such as `AccessDeniedException`. Undefined if a proxy sent the response. */
  constructor(
    readonly status: number,
    name: string | undefined,
    body: string,
  ) {
    super(body);
    this.name = name ?? `Status${status}`;
  }
}

interface HttpResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: IncomingMessage;
}

async function toPostResult({ statusCode: status, headers, body }: HttpResponse): Promise<PostResult> {
  if (status === 200) {
    body.resume(); // an unread response keeps its TCP connection busy
    return 'delivered';
  }
  const text = await readText(body);
  if (status === 410) return 'gone';
  if (status === 429) return 'throttled';
  throw new PostError(status, headers['x-amzn-errortype'], text);
}

async function readText(body: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
