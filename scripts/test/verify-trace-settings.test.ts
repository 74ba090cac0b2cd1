import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StackInfo } from '../stack';
import { probes } from '../verify-aws/probes';

const probe = probes.find(({ name }) => name.startsWith('one trace'));

describe('npm run verify:aws trace probe', () => {
  let server: Server;
  let destination = 'XRay';

  // The response of GetTraceSegmentDestination:
  // https://docs.aws.amazon.com/xray/latest/api/API_GetTraceSegmentDestination.html
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ Destination: destination, Status: 'ACTIVE' }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const createStack = (tracing: string): StackInfo => ({
    outputs: {},
    parameters: { Tracing: tracing },
    clientConfig: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
  });

  it('applies to a traced stack whose traces are stored in X-Ray', async () => {
    destination = 'XRay';
    expect(await probe?.findObstacle?.(createStack('Active'))).toBeUndefined();
  });

  it('does not apply to a stack without tracing', async () => {
    expect(await probe?.findObstacle?.(createStack('PassThrough'))).toMatch('Tracing=PassThrough');
  });

  it('does not apply if CloudWatch Transaction Search stores the traces', async () => {
    destination = 'CloudWatchLogs';
    expect(await probe?.findObstacle?.(createStack('Active'))).toMatch('Transaction Search');
  });
});
