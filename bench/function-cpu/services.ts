import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request as sendRequest } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** The maximum latency of every service except DynamoDB. Each latency is a random value of at least 1 ms. */
const MAX_LATENCY_MS = 6;

export const BROADCAST_KEY = 'broadcast-key';

const CONNECTION_INFO = {
  connectedAt: '2026-01-25T18:50:04.673Z',
  lastActiveAt: '2026-01-25T18:50:07.642Z',
  identity: { sourceIp: '192.0.2.1', userAgent: 'wscat' },
};

/** Responses of the other services, by `X-Amz-Target`. */
const RESPONSES: Readonly<Record<string, object>> = {
  'AWSEvents.PutEvents': { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] },
  'secretsmanager.GetSecretValue': { SecretString: BROADCAST_KEY },
};

/**
 * Starts mock AWS services for the functions. Uses TLS, because TLS is part of the measured CPU time. Forwards DynamoDB calls
 * to `dynamodbUrl`.
 *
 * @param folder where to write the key and the certificate
 */
export async function startServices(folder: string, dynamodbUrl: string) {
  const [keyFile, certificateFile] = createCertificate(folder);
  const agent = new Agent({ keepAlive: true });
  const frames: string[] = [];
  let open = 0;
  let waits = 0;

  const server = createServer(
    { key: readFileSync(keyFile), cert: readFileSync(certificateFile) },
    async (request, response) => {
      if (open === 0) waits += 1; // concurrent calls count as one wait
      open += 1;
      response.on('close', () => {
        open -= 1;
      });
      const body = await text(request);
      const target = String(request.headers['x-amz-target']);
      if (target.startsWith('DynamoDB')) {
        const answer = await forward(request, body);
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
        return;
      }
      if (request.method === 'POST' && request.url?.includes('/@connections/')) frames.push(body);
      const reply = JSON.stringify(RESPONSES[target] ?? (request.method === 'GET' ? CONNECTION_INFO : {}));
      await sleep(1 + Math.random() * (MAX_LATENCY_MS - 1));
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(reply) };
      response.writeHead(200, headers).end(reply);
    },
  );

  async function forward({ method, headers }: IncomingMessage, body: string): Promise<IncomingMessage> {
    const forwarded = sendRequest(dynamodbUrl, { method, headers, agent }).end(body);
    const [answer] = await once(forwarded, 'response');
    return answer;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /**
     * Returns the frames that were posted to connections since the previous call, and how often a function waited for service
     * calls.
     */
    takeRecord() {
      const record = { frames: frames.splice(0), waits };
      waits = 0;
      return record;
    },
    close() {
      agent.destroy();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Creates a key and a self-signed certificate. */
function createCertificate(folder: string): [string, string] {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...curve, '-subj', '/CN=localhost', '-keyout', key, '-out', certificate],
    { stdio: 'ignore' },
  );
  return [key, certificate];
}
