import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { itLocally, root, type StackUnderTest, stackUnderTest } from '../support/stack';

const exec = promisify(execFile);

describe('npm run smoke and verify:aws', () => {
  let stack: StackUnderTest;
  beforeAll(async () => {
    stack = await stackUnderTest();
  });
  afterAll(() => stack.stop());

  const smoke = () =>
    exec(
      process.execPath,
      ['--import', 'tsx', 'scripts/smoke.ts', '--ws-url', stack.wsUrl, '--http-url', stack.httpUrl],
      { cwd: root },
    );

  itLocally(
    'verify:aws finds nothing wrong with what the local runtime can tell',
    'local runtime',
    async () => {
      const { port } = new URL(stack.httpUrl);
      const command = ['--import', 'tsx', 'scripts/verify-aws.ts', '--local', '--port', port];
      const { stdout } = await exec(process.execPath, command, { cwd: root });
      expect(stdout).toContain("  ok       a room's connections are found by RoomIndex");
      expect(stdout).toContain('  ok       a message is one trace, in which its posts hang from PutEvents');
      expect(stdout).toContain('  not here the stage deploys changes by itself');
      expect(stdout).not.toContain('FAILED');
    },
  );

  it('finds that a stack works', async () => {
    const { stdout } = await smoke();
    expect(stdout).toContain(`Trying what answers at ${stack.wsUrl}\n`);
    expect(stdout.match(/^ {2}ok /gm)).toHaveLength(8);
    expect(stdout).toMatch(/The stack works\.\n$/);
  });

  itLocally('names the step that a broken one fails', 'switch to make DynamoDB fail', async () => {
    await stack.local?.addFault({ service: 'dynamodb', kind: 'fail', action: 'TransactWriteItems' });
    await expect(smoke()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'failed  a plain connection is told who it is: Unexpected server response: 503',
      ),
    });
    await stack.local?.clearFaults();
  });
});
