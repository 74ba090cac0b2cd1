import { AwsError, type InvokeResult } from '../src/core/service';
import { createFunctionUrls } from '../src/function-urls';
import type { FunctionUrlModel } from '../src/function-urls/model';
import { describeFunctionUrls } from '../src/function-urls/overview';
import { load, problemsOf, withFunction, withProperties } from './fixtures/template/load';
import { type Event, send } from './support/http-api';
import { startServer } from './support/server';

const URL_ID = 'abcdefghijklmnopqrstuvwxyz012345';
const FUNCTION_ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:f';
const caller = {
  accessKey: 'ASIA',
  accountId: '123456789012',
  callerId: 'c',
  cognitoIdentity: null,
  principalOrgId: null,
  userArn: 'arn',
  userId: 'u',
};

const servers: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function start(
  respond: (event: Event) => InvokeResult | Promise<InvokeResult> = () => ({ payload: 'hello' }),
  more: Partial<FunctionUrlModel> = {},
) {
  const events: Event[] = [];
  const functionUrls = createFunctionUrls({
    urls: [{ logicalId: 'Url', urlId: URL_ID, functionArn: FUNCTION_ARN, requiresIam: false, ...more }],
    accountId: '123456789012',
    region: 'eu-west-1',
    invoke: async (_arn, event) => {
      events.push(event as Event);
      return respond(event as Event);
    },
    authorize: ({ headers, functionArn }) =>
      headers.authorization === 'signed' && functionArn === FUNCTION_ARN ? caller : undefined,
    clock: () => Date.UTC(2026, 0, 2, 3, 4, 5),
  });
  const server = await startServer({ functionUrls, region: 'eu-west-1' });
  servers.push(server);
  const request = (method = 'GET', path = '/', headers: Record<string, string> = {}, body = '') =>
    send(server.port, method, `/_urls/${URL_ID}${path}`, headers, body);
  return { port: server.port, events, request };
}

describe('the event of a function URL', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
  it('has the payload format 2.0', async () => {
    const { request, events } = await start();
    const response = await request('POST', '/a%20b?x=1&x=2', { 'content-type': 'text/plain' }, 'hi');
    expect(response).toMatchObject({ status: 200, body: 'hello' });
    const host = `${URL_ID}.lambda-url.eu-west-1.on.aws`;
    expect(events).toEqual([
      {
        version: '2.0',
        routeKey: '$default',
        rawPath: '/a b',
        rawQueryString: 'x=1&x=2',
        queryStringParameters: { x: '1,2' },
        headers: expect.objectContaining({ 'content-type': 'text/plain' }),
        requestContext: {
          accountId: '123456789012',
          apiId: URL_ID,
          domainName: host,
          domainPrefix: URL_ID,
          http: expect.objectContaining({ method: 'POST', path: '/a b' }),
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
          routeKey: '$default',
          stage: '$default',
          time: '02/Jan/2026:03:04:05 +0000',
          timeEpoch: Date.UTC(2026, 0, 2, 3, 4, 5),
        },
        body: 'hi',
        isBase64Encoded: false,
      },
    ]);
  });

  it('has the path / if the request has no path, and the whole path of a request to the AWS host name', async () => {
    const { port, request, events } = await start();
    await request('GET', '');
    const host = `${URL_ID}.lambda-url.eu-west-1.on.aws`;
    expect(await send(port, 'GET', '/_urls/x', { host })).toMatchObject({ status: 200 });
    expect(events.map(({ rawPath }) => rawPath)).toEqual(['/', '/_urls/x']);
  });
});

describe('the response of a function URL', () => {
  it('has the status, the headers and the cookies of the result', async () => {
    const payload = { statusCode: 201, headers: { 'X-Own': '1' }, cookies: ['a=1', 'b=2'], body: 'x' };
    const { request } = await start(() => ({ payload }));
    const { status, headers, body } = await request();
    expect([status, headers['x-own'], headers['set-cookie'], body]).toEqual([201, '1', ['a=1', 'b=2'], 'x']);
  });

  it.each<[string, () => InvokeResult, number, string]>([
    ['the function fails', () => ({ payload: {}, functionError: 'Unhandled' }), 502, 'Internal Server Error'],
    ['the status is invalid', () => ({ payload: { statusCode: 99 } }), 502, 'Internal Server Error'],
    [
      'the function is throttled',
      () => {
        throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
      },
      429,
      '{"Message":"Rate Exceeded."}',
    ],
    [
      'Lambda fails',
      () => {
        throw new AwsError('ServiceException', 'x', 500);
      },
      502,
      'Internal Server Error',
    ],
  ])('is an error if %s', async (_, respond, status, body) => {
    const { request } = await start(respond);
    expect(await request()).toMatchObject({ status, body });
  });

  it('has status 413 for a body over 6 MB, and status 404 for an unknown URL', async () => {
    const { port, request, events } = await start();
    expect(await request('POST', '/', {}, 'x'.repeat(6_291_457))).toMatchObject({ status: 413 });
    expect(await send(port, 'GET', '/_urls/unknown/')).toMatchObject({ status: 404 });
    expect(events).toEqual([]);
  });
});

describe('the authorization of a function URL', () => {
  it('rejects unsigned requests if it is AWS_IAM, and passes the caller of signed requests to the function', async () => {
    const { request, events } = await start(undefined, { requiresIam: true });
    expect(await request()).toMatchObject({ status: 403, body: '{"Message":"Forbidden"}' });
    expect(await request('GET', '/', { authorization: 'signed' })).toMatchObject({ status: 200 });
    expect(events.map(({ requestContext }) => requestContext.authorizer)).toEqual([{ iam: caller }]);
  });

  it('rejects all requests if the URL has no permission to invoke the function', async () => {
    const { request, events } = await start(undefined, { denial: 'no permission' });
    expect(await request()).toMatchObject({ status: 403 });
    expect(events).toEqual([]);
  });
});

describe('the CORS configuration of a function URL', () => {
  const cors = {
    allowOrigins: ['https://a.example'],
    allowMethods: ['GET'],
    allowHeaders: ['x-own'],
    exposeHeaders: [],
    allowCredentials: false,
    maxAgeSeconds: 60,
  };
  const origin = 'https://a.example';

  it('answers preflight requests without invoking the function', async () => {
    const { request, events } = await start(undefined, { cors });
    const { status, headers } = await request('OPTIONS', '/', {
      origin,
      'access-control-request-method': 'GET',
    });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'x-own',
      'access-control-max-age': '60',
    });
    expect(events).toEqual([]);
  });

  it('replaces the CORS headers that the function returns', async () => {
    const payload = { statusCode: 200, headers: { 'access-control-allow-origin': '*' } };
    const { request } = await start(() => ({ payload }), { cors });
    expect((await request('GET', '/', { origin })).headers['access-control-allow-origin']).toBe(origin);
    expect((await request()).headers).not.toHaveProperty('access-control-allow-origin');
    const plain = await start(() => ({ payload }));
    expect((await plain.request()).headers['access-control-allow-origin']).toBe('*');
  });
});

describe('Template: function URLs', () => {
  it('creates the URL and the permission from FunctionUrlConfig', () => {
    const properties =
      "FunctionUrlConfig: { AuthType: NONE, Cors: { AllowOrigins: ['*'], AllowMethods: [get], AllowHeaders: [X-A], MaxAge: 5 } }";
    const { functionUrls, functions, outputs } = load(
      `${withProperties(properties)}Outputs:\n  Url: { Value: !GetAtt FnUrl.FunctionUrl }\n`,
    );
    expect(functionUrls).toEqual([
      {
        logicalId: 'FnUrl',
        urlId: expect.stringMatching(/^[a-z0-9]{32}$/),
        functionArn: functions[0]?.arn,
        requiresIam: false,
        cors: {
          allowOrigins: ['*'],
          allowMethods: ['GET'],
          allowHeaders: ['x-a'],
          exposeHeaders: [],
          allowCredentials: false,
          maxAgeSeconds: 5,
        },
      },
    ]);
    expect(outputs[0]?.value).toBe(`https://${functionUrls[0]?.urlId}.lambda-url.eu-west-1.on.aws/`);
  });

  it('rejects a second URL of a function, but accepts a URL for an alias', () => {
    const second = (more: string) =>
      withProperties('FunctionUrlConfig: { AuthType: NONE }') +
      `  Second: { Type: AWS::Lambda::Url, Properties: { AuthType: NONE, TargetFunctionArn: !GetAtt Fn.Arn${more} } }\n`;
    expect(problemsOf(second(''))).toEqual([
      expect.stringContaining('The function already has the URL Second.'),
    ]);
    expect(load(second(', Qualifier: live')).functionUrls).toHaveLength(2);
  });

  it('describes the address and a signed request', () => {
    const app = load(withFunction(url('AWS_IAM')));
    const address = `http://localhost:3000/_urls/${app.functionUrls[0]?.urlId}/`;
    const command = `curl -i --aws-sigv4 aws:amz:eu-west-1:lambda --user local:local '${address}'`;
    expect(describeFunctionUrls(app, 3000)).toEqual([
      { title: 'Function URL', address, items: ['Fn'], commands: [{ label: 'Request Fn', command }] },
    ]);
  });

  const url = (authType: string) =>
    `  Url: { Type: AWS::Lambda::Url, Properties: { TargetFunctionArn: !GetAtt Fn.Arn, AuthType: ${authType} } }\n`;

  it('warns about a public URL without a permission', () => {
    const { functionUrls, support } = load(withFunction(url('NONE')));
    expect(functionUrls[0]?.denial).toMatch(/^Requests to the URL of Fn are forbidden/);
    expect(support.findings).toEqual([expect.objectContaining({ kind: 'warning', line: 6 })]);
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html#urls-auth-none
  it('requires two permissions for a public URL', () => {
    const permit = (action: string, more = '') => `  ${action}:
    Type: AWS::Lambda::Permission
    Properties: { Action: 'lambda:${action}', FunctionName: !Ref Fn, Principal: '*'${more} }
`;
    const denialOf = (permissions: string) =>
      load(withFunction(url('NONE') + permissions)).functionUrls[0]?.denial;
    const invoke = permit('InvokeFunction', ', InvokedViaFunctionUrl: true');
    const invokeUrl = permit('InvokeFunctionUrl', ', FunctionUrlAuthType: NONE');
    expect(denialOf(invokeUrl + invoke)).toBeUndefined();
    expect(denialOf(permit('InvokeFunctionUrl') + permit('InvokeFunction'))).toBeUndefined();
    expect(denialOf(invokeUrl)).toContain('lambda:InvokeFunction, the principal * and InvokedViaFunctionUrl');
    expect(denialOf(invoke)).toContain('lambda:InvokeFunctionUrl, the principal * and FunctionUrlAuthType');
    expect(denialOf(invoke + permit('InvokeFunctionUrl', ', FunctionUrlAuthType: AWS_IAM'))).toBeDefined();
  });

  it('does not let API Gateway invoke the function', () => {
    const api = `  Permission:
    Type: AWS::Lambda::Permission
    Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref Fn, Principal: '*', InvokedViaFunctionUrl: true }
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { ProtocolType: HTTP, Name: api, Target: !GetAtt Fn.Arn } }
`;
    const integrationOf = (template: string) =>
      load(withFunction(template)).httpApis[0]?.routes[0]?.integration;
    expect(integrationOf(api)).toHaveProperty('denial');
    expect(integrationOf(api.replace(', InvokedViaFunctionUrl: true', ''))).not.toHaveProperty('denial');
  });

  it('requires no permission for AWS_IAM', () => {
    expect(load(withFunction(url('AWS_IAM'))).functionUrls).toMatchObject([{ requiresIam: true }]);
  });
});
