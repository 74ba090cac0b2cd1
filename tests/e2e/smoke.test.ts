import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checks } from '../../scripts/verify-aws/checks';
import { probes } from '../../scripts/verify-aws/probes';
import { describeAtLength } from '../../testbed/at-length';
import { root } from '../../testbed/template';
import { itLocally, type StackUnderTest, stackUnderTest } from '../support/stack';

const exec = promisify(execFile);

describeAtLength('npm run smoke and npm run verify:aws', () => {
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

  itLocally('passes every check of verify:aws that the local runtime supports', 'local runtime', async () => {
    const { port } = new URL(stack.httpUrl);
    const folder = mkdtempSync(join(tmpdir(), 'roomcast-verify-'));
    const report = join(folder, 'report.md');
    const command = [
      '--import',
      'tsx',
      'scripts/verify-aws.ts',
      '--local',
      '--port',
      port,
      '--report',
      report,
    ];
    const { stdout } = await exec(process.execPath, command, { cwd: root });
    expect(stdout).toContain('  ok       the connections table has RoomIndex');
    expect(stdout).toContain('  ok       one trace links a message from PutEvents to its posts');
    expect(stdout).toContain('  skipped  the stage deploys changes automatically');
    expect(stdout).not.toContain('FAILED');
    const rows = readFileSync(report, 'utf8').match(/^\| .* \| (?:ok|skipped|not applicable) \| .*\|$/gm);
    expect(rows).toHaveLength(checks.length + probes.length);
    rmSync(folder, { recursive: true });
  });

  it('passes every step of smoke', async () => {
    const { stdout } = await smoke();
    expect(stdout).toContain(`Testing ${stack.wsUrl}\n`);
    expect(stdout.match(/^ {2}ok /gm)).toHaveLength(8);
    expect(stdout).toMatch(/All steps passed\.\n$/);
  });

  itLocally('prints the failed step of smoke', 'switch to make DynamoDB fail', async () => {
    await stack.local?.addFault({ service: 'dynamodb', kind: 'fail', action: 'TransactWriteItems' });
    await expect(smoke()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'FAILED  a plain connection receives the help text: Unexpected server response: 503',
      ),
    });
    await stack.local?.clearFaults();
  });
});
