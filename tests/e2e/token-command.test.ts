import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '../../testbed/client';
import { type Stack, startStack } from '../../testbed/stack';
import { root } from '../../testbed/template';
import { sendRequest } from '../support/conversation';
import { describeLocally } from '../support/stack';

const execute = promisify(execFile);

describeLocally('npm run admin -- token', 'development issuer', () => {
  let stack: Stack;
  const port = () => new URL(stack.httpUrl).port;
  const runToken = async (...options: string[]) => {
    const command = [join('node_modules', 'tsx', 'dist', 'cli.mjs'), 'scripts/admin.ts', 'token', ...options];
    const { stdout } = await execute(process.execPath, command, { cwd: root });
    return stdout.trim();
  };

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  it('prints a token that the runtime of npm start accepts', async () => {
    const token = await runToken('--sub', 'ada', '--name', 'Ada', '--port', port());
    const client = await Client.open(stack.wsUrl, { protocols: ['roomcast.v1', `token.${token}`] });
    const { you } = await sendRequest(client, { action: 'ping' });
    expect(you).toEqual({ userId: expect.stringMatching(/^u-/), username: 'Ada' });
    await client.close();
  });

  it('grants rights', async () => {
    const token = await runToken('--sub', 'bob', '--room', '483920117=moderator', '--admin', '--ttl', '15m');
    const { iat, exp, ...claims } = JSON.parse(
      Buffer.from(token.split('.')[1] as string, 'base64url').toString(),
    );
    expect(exp - iat).toBe(900);
    expect(claims).toEqual({
      iss: 'http://localhost:3000/development-issuer',
      aud: 'roomcast-development',
      sub: 'bob',
      'roomcast:rights': { admin: true, rooms: { '483920117': 'moderator' } },
    });
  });

  it('never publishes the private key', async () => {
    const issuer = `${stack.httpUrl}/development-issuer`;
    const response = await fetch(`${issuer}/.well-known/jwks.json`);
    const { keys } = (await response.json()) as { keys: object[] };
    expect(keys).toEqual([expect.not.objectContaining({ d: expect.anything() })]);
    // fetch would resolve the dots and request a different path.
    const readStatus = async (path: string) => {
      const [reply] = await once(get(stack.httpUrl, { path: `/development-issuer/${path}` }), 'response');
      reply.resume();
      return reply.statusCode;
    };
    expect(await readStatus('.well-known/jwks.json')).toBe(200);
    for (const path of ['keys.json', '../keys.json', '%2e%2e/keys.json', '..%2fkeys.json', '.well-known'])
      expect([path, await readStatus(path)]).toEqual([path, 404]);
  });

  it('prints an error for an invalid option', async () => {
    await expect(runToken('--sub', 'ada', '--ttl', '1y')).rejects.toMatchObject({
      stderr: expect.stringContaining('--ttl "1y" is not valid. Use, for example, 15m.'),
    });
  });
});
