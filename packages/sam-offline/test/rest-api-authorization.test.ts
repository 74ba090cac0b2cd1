import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { InvokeResult } from '../src/core/service';
import { send } from './support/http-api';
import { CODE, startRestApis, withApi } from './support/rest-api';

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(...settings: Parameters<typeof startRestApis>) {
  const apis = await startRestApis(...settings);
  stops.push(apis.stop);
  return apis;
}

const HOST = { host: 'localhost' };
const AUTH_FN = `  AuthFn: { Type: AWS::Serverless::Function, Properties: { ${CODE} } }\n`;
const EVENTS = {
  Get: 'Path: /a, Method: get',
  Open: 'Path: /open, Method: get, Auth: { Authorizer: NONE }',
};

function withAuthorizer(settings: string, auth = 'DefaultAuthorizer: Own'): string {
  const authorizer = `{ FunctionArn: !GetAtt AuthFn.Arn, ${settings} }`;
  return withApi(`Auth: { ${auth}, Authorizers: { Own: ${authorizer} } }`, EVENTS, AUTH_FN);
}

const policy = (Effect: string, Resource: string, more: object = {}) => ({
  payload: {
    principalId: 'user',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }],
    },
    ...more,
  },
});

/** Makes the authorizer return `result`. */
const withResult = (result: InvokeResult | (() => InvokeResult)) => ({
  respond: (_event: object, arn: string) =>
    arn.includes('AuthFn') ? (typeof result === 'function' ? result() : result) : { payload: {} },
});

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
describe('a Lambda authorizer of a REST API', () => {
  it('receives the token if its type is TOKEN, and adds its context to the event as strings', async () => {
    const result = policy('Allow', '*', { context: { plan: 7, admin: true } });
    const { port, events, app } = await start(withAuthorizer(''), withResult(result));
    await send(port, 'GET', '/v1/a', { ...HOST, Authorization: 'secret' });
    const apiId = app.restApis[0]?.apiId;
    expect(events).toMatchObject([
      {
        type: 'TOKEN',
        methodArn: `arn:aws:execute-api:us-east-1:111122223333:${apiId}/v1/GET/a`,
        authorizationToken: 'secret',
      },
      { requestContext: { authorizer: { principalId: 'user', plan: '7', admin: 'true' } } },
    ]);
  });

  it('receives the request without its body if its type is REQUEST', async () => {
    const settings = 'FunctionPayloadType: REQUEST, Identity: { Headers: [X-Key], QueryStrings: [q] }';
    const { port, events } = await start(withAuthorizer(settings), withResult(policy('Allow', '*')));
    await send(port, 'GET', '/v1/a?q=1', { ...HOST, 'x-key': 'k' });
    expect(events[0]).toMatchObject({
      type: 'REQUEST',
      resource: '/a',
      headers: { 'x-key': 'k' },
      queryStringParameters: { q: '1' },
      requestContext: { resourcePath: '/a' },
    });
    expect(events[0]).not.toHaveProperty('body');
    expect((await send(port, 'GET', '/v1/a', { ...HOST, 'x-key': 'k' })).status).toBe(401);
  });

  it.each<[string, InvokeResult, number, string]>([
    [
      'denies',
      policy('Deny', '*'),
      403,
      'User is not authorized to access this resource with an explicit deny',
    ],
    [
      'allows only other methods',
      policy('Allow', '*/POST/*'),
      403,
      'User is not authorized to access this resource',
    ],
    [
      'throws Unauthorized',
      { payload: { errorMessage: 'Unauthorized' }, functionError: 'Unhandled' },
      401,
      'Unauthorized',
    ],
  ])('rejects a request if it %s', async (_name, result, status, message) => {
    const { port } = await start(withAuthorizer(''), withResult(result));
    const response = await send(port, 'GET', '/v1/a', { ...HOST, Authorization: 'x' });
    expect(response.status).toBe(status);
    expect(Object.values(JSON.parse(response.body))).toEqual([message]);
  });

  it.each<[string, InvokeResult]>([
    ['fails', { payload: { errorMessage: 'no' }, functionError: 'Unhandled' }],
    ['returns no policy', { payload: { principalId: 'user' } }],
    ['returns a nested context', policy('Allow', '*', { context: { a: {} } })],
  ])('returns status 500 without a message if it %s', async (_name, result) => {
    const { port } = await start(withAuthorizer(''), withResult(result));
    const response = await send(port, 'GET', '/v1/a', { ...HOST, Authorization: 'x' });
    expect(response).toMatchObject({ status: 500, body: '{"message":null}' });
    expect(response.headers['x-amzn-errortype']).toBe('AuthorizerConfigurationException');
  });

  it('is not invoked if the token is missing or does not match, or if the method needs no authorization', async () => {
    const { port, events } = await start(withAuthorizer('Identity: { ValidationExpression: "Bearer .*" }'));
    const statuses = [
      (await send(port, 'GET', '/v1/a', HOST)).status,
      (await send(port, 'GET', '/v1/a', { ...HOST, Authorization: 'secret' })).status,
      (await send(port, 'GET', '/v1/open', HOST)).status,
    ];
    expect(statuses).toEqual([401, 401, 200]);
    expect(events).toMatchObject([{ resource: '/open' }]);
  });

  it('is cached for 300 seconds by default, or for the time in the template', async () => {
    const count = async (settings: string, seconds: number) => {
      let now = 1_000_000;
      const options = { ...withResult(policy('Allow', '*')), wallClock: () => now };
      const { port, events } = await start(withAuthorizer(settings), options);
      for (const later of [0, seconds * 1_000 - 1, 1]) {
        now += later;
        await send(port, 'GET', '/v1/a', { ...HOST, Authorization: 'x' });
      }
      return events.filter(({ type }) => type === 'TOKEN').length;
    };
    expect(await count('', 300)).toBe(2);
    expect(await count('Identity: { ReauthorizeEvery: 10 }', 10)).toBe(2);
    expect(await count('Identity: { ReauthorizeEvery: 0 }', 10)).toBe(3);
  });

  it('returns status 500 without a permission to invoke its function', async () => {
    const { port, app } = await start(withAuthorizer('DisableFunctionDefaultPermissions: true'));
    const response = await send(port, 'GET', '/v1/a', { ...HOST, Authorization: 'x' });
    expect(response).toMatchObject({ status: 500, body: '{"message":null}' });
    expect(app.support.findings).toMatchObject([
      { message: expect.stringContaining('no permission to invoke AuthFn') },
    ]);
  });
});

describe('IAM authorization of a REST API', () => {
  const template = withApi('Auth: { DefaultAuthorizer: AWS_IAM }', { Get: 'Path: /a, Method: get' });

  it('requires a signature, and adds the caller to the event', async () => {
    const caller = { accessKey: 'AKIA', accountId: '1', callerId: 'c', userArn: 'arn:u', userId: 'u' };
    const { port, events } = await start(template, {
      authorize: ({ headers }) =>
        headers.authorization === 'good'
          ? { ...caller, cognitoIdentity: null, principalOrgId: null }
          : undefined,
    });
    const unsigned = await send(port, 'GET', '/v1/a', HOST);
    expect(unsigned).toMatchObject({ status: 403, body: '{"message":"Missing Authentication Token"}' });
    expect((await send(port, 'GET', '/v1/a', { ...HOST, authorization: 'bad' })).status).toBe(403);
    expect((await send(port, 'GET', '/v1/a', { ...HOST, authorization: 'good' })).status).toBe(200);
    const identity = { accessKey: 'AKIA', accountId: '1', caller: 'c', user: 'u', userArn: 'arn:u' };
    expect(events).toMatchObject([{ requestContext: { identity } }]);
  });
});

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html
describe('a Cognito authorizer of a REST API', () => {
  /** Starts an issuer with one key. */
  async function startIssuer() {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const keys = [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }];
    const server = createServer((_request, response) => response.end(JSON.stringify({ keys })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => server.close(resolve)));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pool`;
    const sign = (claims: object, expires = '1h', iss = issuer) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'k' })
        .setIssuer(iss)
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(privateKey);
    return { issuer, sign };
  }

  const template = (issuer: string) =>
    withApi(`Auth: { DefaultAuthorizer: Pool, Authorizers: { Pool: { UserPoolArn: "${issuer}" } } }`, {
      Get: 'Path: /a, Method: get',
      Scoped: 'Path: /scoped, Method: get, Auth: { Authorizer: Pool, AuthorizationScopes: [rooms/read] }',
    });

  it('accepts ID tokens, and access tokens for methods with scopes', async () => {
    const { issuer, sign } = await startIssuer();
    const { port, events } = await start(template(issuer));
    const get = async (path: string, token: string) =>
      (await send(port, 'GET', path, { ...HOST, Authorization: token })).status;
    const id = await sign({ token_use: 'id', 'cognito:groups': ['a', 'b'] });
    const access = await sign({ token_use: 'access', scope: 'rooms/read other' });
    expect([await get('/v1/a', `Bearer ${id}`), await get('/v1/scoped', access)]).toEqual([200, 200]);
    expect([await get('/v1/a', access), await get('/v1/scoped', id)]).toEqual([401, 401]);
    expect(await get('/v1/scoped', await sign({ token_use: 'access', scope: 'other' }))).toBe(401);
    expect(events[0].requestContext.authorizer.claims).toMatchObject({
      'cognito:groups': '[a b]',
      iss: issuer,
    });
  });

  it('rejects missing, invalid and expired tokens, and tokens of another issuer', async () => {
    const { issuer, sign } = await startIssuer();
    const { port } = await start(template(issuer));
    const get = async (headers: Record<string, string>) => {
      const { status, body } = await send(port, 'GET', '/v1/a', { ...HOST, ...headers });
      return [status, JSON.parse(body).message];
    };
    expect(await get({})).toEqual([401, 'Unauthorized']);
    expect(await get({ Authorization: 'x' })).toEqual([401, 'Unauthorized']);
    const foreign = await sign({ token_use: 'id' }, '1h', 'https://other.example');
    expect(await get({ Authorization: foreign })).toEqual([401, 'Unauthorized']);
    const expired = await sign({ token_use: 'id' }, '-1h');
    expect(await get({ Authorization: expired })).toEqual([401, 'The incoming token has expired']);
  });

  it('derives the issuer from the ARN of a user pool', async () => {
    const { app } = await start(template('arn:aws:cognito-idp:eu-west-1:1:userpool/eu-west-1_Abc'));
    expect(app.restApis[0]?.routes[0]?.authorizer).toMatchObject({
      issuers: ['https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc'],
    });
  });
});
