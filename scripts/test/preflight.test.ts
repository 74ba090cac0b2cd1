import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { AccountFacts } from '../admin/preflight/account';
import { judge } from '../admin/preflight/findings';

const run = promisify(execFile);
const root = resolve(__dirname, '..', '..');

const ready: AccountFacts = {
  region: 'eu-west-1',
  accountId: '123456789012',
  stackStatus: undefined,
  concurrency: 1000,
  requestRate: 10_000,
  putEventsRate: 10_000,
  hasDistributions: true,
};

describe('judge', () => {
  const findings = (facts: Partial<AccountFacts>) =>
    judge({ ...ready, ...facts }, 'roomcast').filter(({ result }) => result !== 'ok');

  it('accepts an account that can deploy the application', () => {
    expect(findings({})).toEqual([]);
    expect(findings({ stackStatus: 'UPDATE_COMPLETE' })).toEqual([]);
  });

  it.each<[string, Partial<AccountFacts>, RegExp]>([
    ['invalid credentials', { accountId: new Error('Token expired') }, /\(Token expired\)\. Sign in/],
    ['a failed creation', { stackStatus: 'ROLLBACK_COMPLETE' }, /sam delete --stack-name roomcast/],
    ['a failed rollback', { stackStatus: 'UPDATE_ROLLBACK_FAILED' }, /continue-update-rollback/],
    ['a deployment in progress', { stackStatus: 'UPDATE_IN_PROGRESS' }, /Wait/],
    ['too little Lambda concurrency', { concurrency: 5 }, /Roomcast needs 10/],
  ])('rejects an account with %s', (_, facts, text) => {
    expect(findings(facts)).toEqual([{ result: 'failed', text: expect.stringMatching(text) }]);
  });

  it.each<[string, Partial<AccountFacts>, RegExp]>([
    ['the Lambda concurrency of a new account', { concurrency: 10 }, /enough for a trial/],
    ['the request rate of a small Region', { requestRate: 2500 }, /Divide PostRate, .* by 4/],
    ['the event rate of a small Region', { putEventsRate: 600 }, /600 messages per second/],
    ['a missing CloudFront distribution', { hasDistributions: false }, /Only npm run deploy:web needs one/],
    ['an unexecuted change set', { stackStatus: 'REVIEW_IN_PROGRESS' }, /If the deployment fails/],
    [
      'facts that the user may not read',
      { hasDistributions: new Error('Access denied') },
      /Could not check CloudFront/,
    ],
  ])('warns about %s', (_, facts, text) => {
    expect(findings(facts)).toEqual([{ result: 'warning', text: expect.stringMatching(text) }]);
  });
});

/** Responses in the formats of the services. */
const STACK = (status: string) =>
  `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>roomcast</StackName><StackStatus>${status}</StackStatus><CreationTime>2026-01-25T18:50:04Z</CreationTime></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
const NO_STACK =
  '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id roomcast does not exist</Message></Error></ErrorResponse>';
const IDENTITY =
  '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';
const DISTRIBUTIONS =
  '<DistributionList><Quantity>0</Quantity><IsTruncated>false</IsTruncated></DistributionList>';
const QUOTAS: Record<string, object[]> = {
  events: [{ QuotaName: 'PutEvents throttle limit in transactions per second', Value: 2400 }],
};

describe('npm run admin -- preflight', () => {
  let server: Server;
  let stack: { status: number; body: string };

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const { status = 200, body } = await answer(request);
      response.writeHead(status, { 'content-type': body.startsWith('<') ? 'text/xml' : 'application/json' });
      response.end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  async function answer(request: IncomingMessage): Promise<{ status?: number; body: string }> {
    const sent = await text(request);
    if (request.url?.startsWith('/2016-08-19/account-settings'))
      return { body: JSON.stringify({ AccountLimit: { ConcurrentExecutions: 10 } }) };
    if (request.url?.startsWith('/account'))
      return { body: JSON.stringify({ throttleSettings: { rateLimit: 10_000, burstLimit: 5000 } }) };
    if (request.url?.startsWith('/2020-05-31/distribution')) return { body: DISTRIBUTIONS };
    if (sent.includes('Action=GetCallerIdentity')) return { body: IDENTITY };
    if (sent.includes('Action=DescribeStacks')) return stack;
    const { ServiceCode, NextToken } = JSON.parse(sent);
    // The first page has other quotas.
    if (!NextToken) return { body: JSON.stringify({ Quotas: [{ QuotaName: 'Other' }], NextToken: 'next' }) };
    return { body: JSON.stringify({ Quotas: QUOTAS[ServiceCode] }) };
  }

  function preflight() {
    const args = ['--import', 'tsx', 'scripts/admin.ts', 'preflight'];
    return run(process.execPath, args, {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        HOME: '/nonexistent',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'a',
        AWS_SECRET_ACCESS_KEY: 's',
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      },
    });
  }

  it('prints the limits of the account, and what to change', async () => {
    stack = { status: 400, body: NO_STACK };
    const { stdout } = await preflight();
    expect(stdout.split('\n')).toEqual([
      'ok       Account 123456789012, Region eu-west-1.',
      'ok       There is no stack roomcast yet.',
      expect.stringMatching(/^warning {2}Lambda runs up to 10 functions at once\./),
      'ok       API Gateway accepts 10000 requests per second.',
      'ok       EventBridge accepts 2400 events per second, that is, 2400 messages per second in all rooms.',
      expect.stringMatching(/^warning {2}The account has no CloudFront distribution\./),
      'Ready to deploy. Read the warnings first.',
      '',
    ]);
  });

  it('exits with 1 if the deployment would fail', async () => {
    stack = { status: 200, body: STACK('ROLLBACK_COMPLETE') };
    const result = await preflight().catch((error) => error);
    expect(result).toMatchObject({ code: 1, stderr: 'The deployment would fail.\n' });
    expect(result.stdout).toContain('failed   The stack roomcast is in the status ROLLBACK_COMPLETE');
  });
});
