import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { adviseProtection } from '../smoke/advise-protection';

describe('adviseProtection', () => {
  /** The table that DescribeTable returns. If it is undefined, DescribeTable returns an error. */
  let table: object | undefined;
  let server: Server;

  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(table ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(table ? { Table: table } : { __type: 'AccessDeniedException' }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => server.close());

  function advise(described: object | undefined): Promise<string> {
    table = described;
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const clientConfig = { endpoint, region: 'us-east-1', credentials };
    return adviseProtection({ outputs: { ChatTableName: 'chat-1' }, clientConfig });
  }

  it('returns the command for a table without deletion protection', async () => {
    expect(await advise({ DeletionProtectionEnabled: false })).toContain(
      '\n  aws dynamodb update-table --table-name chat-1 --deletion-protection-enabled\n',
    );
  });

  it.each([{ DeletionProtectionEnabled: true }, undefined])('returns no text for %j', async (described) => {
    expect(await advise(described)).toBe('');
  });
});
