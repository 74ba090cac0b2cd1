import type { IncomingMessage } from 'node:http';
import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { SignatureV4 } from '@smithy/signature-v4';
import { variable } from '../../handlers/environment';
import type { Posted, Sockets } from './connections-api';

/**
 * PostToConnection for the hot loop: the client's own signer, credentials and HTTP handler, without the middleware
 * around them, which costs several times what the request does (`npm run bench`). One try, one answer; the same request
 * on the wire and the same errors by name as `socketsOf(client)`, against which it is tested.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export function posterOf(client: ApiGatewayManagementApiClient): Pick<Sockets, 'post'> {
  const { credentials, region, sha256, requestHandler } = client.config;
  const signer = new SignatureV4({ service: 'execute-api', credentials, region, sha256 });
  const { protocol, hostname, port, pathname, host } = new URL(variable('CONNECTIONS_ENDPOINT'));
  const stage = pathname.replace(/\/$/, '');
  return {
    async post(connectionId, frame) {
      const request = await signer.sign({
        method: 'POST',
        protocol,
        hostname,
        ...(port === '' ? {} : { port: Number(port) }),
        path: `${stage}/@connections/${encodeURIComponent(connectionId)}`,
        query: {},
        headers: {
          host,
          'content-type': 'application/octet-stream',
          'content-length': String(Buffer.byteLength(frame)),
        },
        body: frame,
      });
      const { response } = await requestHandler.handle(
        request as Parameters<typeof requestHandler.handle>[0],
      );
      return answered(response.statusCode, response.body);
    },
  };
}

async function answered(status: number, body: IncomingMessage): Promise<Posted> {
  if (status === 200) {
    body.resume(); // a response that is not read keeps its socket
    return 'delivered';
  }
  const text = await textOf(body);
  if (status === 410) return 'gone';
  if (status === 429) return 'throttled';
  const error = new Error(text);
  error.name = ERRORS[status] ?? `Status${status}`;
  throw error;
}

/** The operation's other errors, as the API's model names them. */
const ERRORS: Record<number, string> = { 403: 'ForbiddenException', 413: 'PayloadTooLargeException' };

/** API Gateway's answers to a refused post are a sentence of JSON. */
async function textOf(body: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
