import { join } from 'node:path';
import { type Runtime, startRuntime } from '../src/app/runtime';
import { createCredentials } from '../src/iam/credentials';

/** Tests the calls that scripts and the AWS CLI make, including calls to services that are not emulated. */
describe('the endpoint for AWS tools', () => {
  let runtime: Runtime;
  const notices: object[] = [];

  beforeAll(async () => {
    const template = join(__dirname, 'wild/hello-rest/template.yaml');
    runtime = await startRuntime({ template, port: 0, onNotice: (notice) => notices.push(notice) });
  });
  afterAll(() => runtime.close());

  async function call(
    service: string,
    { method = 'POST', path = '/', body, accessKey = 'local', ...headers }: Record<string, string>,
  ) {
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=x`;
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const response = await fetch(`http://127.0.0.1:${runtime.port}${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : form), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    };
  }

  const functionArn = () => runtime.app.functions[0]?.arn ?? '';

  it('identifies the developer and functions', async () => {
    const body = 'Action=GetCallerIdentity&Version=2011-06-15';
    const developer = await call('sts', { body });
    expect(developer).toMatchObject({ status: 200, type: 'text/xml' });
    expect(developer.text).toContain('<Arn>arn:aws:iam::123456789012:user/local</Arn>');
    const { accessKeyId } = createCredentials(functionArn());
    const { text } = await call('sts', { body, accessKey: accessKeyId });
    expect(text).toMatch(
      /<GetCallerIdentityResult><UserId>AROA\w+:local-HelloWorldFunction-\w+<\/UserId><Account>123456789012<\/Account><Arn>arn:aws:sts::123456789012:assumed-role\/HelloWorldFunctionRole\/local-HelloWorldFunction-\w+<\/Arn>/,
    );
  });

  it('describes the stack with local addresses', async () => {
    const { text } = await call('cloudformation', { body: 'Action=DescribeStacks&StackName=local' });
    expect(text).toContain('<StackStatus>CREATE_COMPLETE</StackStatus>');
    expect(text).toContain(
      `<member><OutputKey>HelloWorldApi</OutputKey><OutputValue>http://127.0.0.1:${runtime.port}/Prod/hello/</OutputValue>`,
    );
    const other = await call('cloudformation', { body: 'Action=DescribeStacks&StackName=other' });
    expect(other.status).toBe(400);
    expect(other.text).toContain('<Code>ValidationError</Code><Message>Stack with id other does not exist.');
    const { accessKeyId } = createCredentials(functionArn());
    const denied = await call('cloudformation', { body: 'Action=DescribeStacks', accessKey: accessKeyId });
    expect(denied.text).toContain('<Code>AccessDeniedException</Code>');
  });

  it('lists and describes functions', async () => {
    const get = (path: string) => call('lambda', { method: 'GET', path: `/2015-03-31/functions${path}` });
    const list = await get('/?MaxItems=50');
    expect(JSON.parse(list.text)).toMatchObject({ Functions: [{ FunctionArn: functionArn() }] });
    const name = runtime.app.functions[0]?.name;
    expect(JSON.parse((await get(`/${name}`)).text)).toMatchObject({ Configuration: { FunctionName: name } });
    expect(JSON.parse((await get(`/${name}/configuration`)).text)).toMatchObject({ FunctionName: name });
    const missing = await get('/other');
    expect(missing.status).toBe(404);
    expect(JSON.parse(missing.text).Message).toMatch(/^Function not found: /);
  });

  it.each<[string, string, Record<string, string>, string]>([
    [
      'sts',
      'an unsupported action',
      { body: 'Action=AssumeRole' },
      '<Message>STS: the action AssumeRole is not supported.</Message>',
    ],
    [
      'sns',
      'a service with an XML protocol',
      { body: 'Action=Publish' },
      '<Message>sam-offline does not emulate sns:Publish.</Message>',
    ],
    [
      's3',
      'a request to a bucket',
      { method: 'PUT', path: '/bucket/key' },
      '<Message>sam-offline does not emulate s3 (PUT /bucket/key).</Message>',
    ],
    [
      'lambda',
      'an unsupported path',
      { method: 'GET', path: '/2015-03-31/layers' },
      '"message":"sam-offline does not emulate lambda (GET /2015-03-31/layers)."',
    ],
    [
      'kinesis',
      'a service with a JSON protocol',
      { 'x-amz-target': 'Kinesis_20131202.PutRecord' },
      'does not support the operation \\"Kinesis_20131202.PutRecord\\"',
    ],
  ])('returns an error in the format of %s for %s', async (service, _name, request, text) => {
    const response = await call(service, request);
    expect(response.status).toBe(400);
    expect(response.text).toContain(text);
  });
});
