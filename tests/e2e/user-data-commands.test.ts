import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '../../testbed/client';
import { type Stack, startStack } from '../../testbed/stack';
import { root } from '../../testbed/template';
import { sendRequest } from '../support/conversation';
import { describeLocallyAtLength } from '../support/stack';

const execute = promisify(execFile);

describeLocallyAtLength('npm run admin -- export-user and erase-user', 'port of the local runtime', () => {
  let stack: Stack;
  const run = async (...options: string[]) => {
    const command = [join('node_modules', 'tsx', 'dist', 'cli.mjs'), 'scripts/admin.ts', ...options];
    const { stdout } = await execute(process.execPath, command, { cwd: root });
    return stdout;
  };

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  it('prints and erases the data of a user', async () => {
    const client = await Client.open(stack.wsUrl, { protocols: ['roomcast.v1'] });
    const { you } = await sendRequest(client, { action: 'joinRoom', room: 'lobby' });
    await sendRequest(client, { action: 'sendmessage', room: 'lobby', text: 'a secret' });
    const options = ['--user', you.userId, '--port', new URL(stack.httpUrl).port];
    const readTexts = async () => {
      const { userId, records } = JSON.parse(await run('export-user', ...options));
      expect(userId).toBe(you.userId);
      return records.flatMap(({ text }: { text?: string }) => text ?? []);
    };
    expect(await readTexts()).toEqual(['a secret']);
    expect(await run('erase-user', ...options)).toMatch(/^Erased \d+ records of g-/);
    expect(await readTexts()).toEqual([]);
  });

  it('prints an error if the user does not exist', async () => {
    await expect(run('erase-user')).rejects.toMatchObject({
      stderr: expect.stringContaining('--user is missing.'),
    });
  });
});
