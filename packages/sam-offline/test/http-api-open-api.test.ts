// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation syntax
import { AwsError, type CallContext, type JsonObject } from '../src/core/service';
import { load, problemsOf } from './fixtures/template/load';
import { send, startHttpApis } from './support/http-api';

const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const HOST = { host: 'localhost' };
const URI = 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations';
const LAMBDA = {
  type: 'aws_proxy',
  httpMethod: 'POST',
  payloadFormatVersion: '2.0',
  uri: { 'Fn::Sub': URI },
};
const operation = (integration: object, more: object = {}) => ({
  'x-amazon-apigateway-integration': integration,
  ...more,
});

const MORE = {
  Fn: { Type: 'AWS::Serverless::Function', Properties: { Handler: 'a.b', Runtime: 'nodejs24.x' } },
  Permission: {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      Action: 'lambda:InvokeFunction',
      FunctionName: { Ref: 'Fn' },
      Principal: 'apigateway.amazonaws.com',
    },
  },
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'apigateway.amazonaws.com' } },
        ],
      },
    },
  },
};

/** Creates a template with an HTTP API that the OpenAPI document defines. */
function withDocument(document: object): string {
  const Api = { Type: 'AWS::Serverless::HttpApi', Properties: { DefinitionBody: document } };
  return JSON.stringify({ Transform: 'AWS::Serverless-2016-10-31', Resources: { Api, ...MORE } });
}

/** Creates the document of an API whose route `POST /{room}` calls a service. */
function withService(integrationSubtype: string, requestParameters: object): string {
  const integration = {
    type: 'aws_proxy',
    payloadFormatVersion: '1.0',
    integrationSubtype,
    requestParameters,
    credentials: { 'Fn::GetAtt': 'Role.Arn' },
  };
  return withDocument({ paths: { '/{room}': { post: operation(integration) } } });
}

type Serve = (input: JsonObject) => JsonObject | Promise<JsonObject>;

/** Starts the HTTP APIs of a template, and records the calls of services. */
async function start(template: string, serve: Serve = () => ({})) {
  const { httpApis, functions } = load(template, { region: 'us-east-1' });
  const calls: { service: string; action: string; input: JsonObject; principal: string | undefined }[] = [];
  const apis = await startHttpApis({
    apis: httpApis,
    async callService(service, action, input, { principal }: CallContext) {
      calls.push({ service, action, input, principal });
      return serve(input);
    },
  });
  stops.push(apis.stop);
  return { ...apis, calls, functionArn: functions[0]?.arn };
}

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
describe('an HTTP API with an OpenAPI document', () => {
  it('serves the routes of the document', async () => {
    const { port, events, functionArn } = await start(
      withDocument({
        paths: {
          '/rooms/{room}': { get: operation(LAMBDA) },
          '/': { 'x-amazon-apigateway-any-method': operation(LAMBDA) },
          '/$default': { 'x-amazon-apigateway-any-method': operation(LAMBDA, { isDefaultRoute: true }) },
        },
      }),
    );
    expect(await send(port, 'GET', '/rooms/7', HOST)).toMatchObject({ status: 200, body: functionArn });
    expect(await send(port, 'PUT', '/', HOST)).toMatchObject({ status: 200, body: functionArn });
    expect(await send(port, 'GET', '/other', HOST)).toMatchObject({ status: 200, body: functionArn });
    expect(events.map(({ routeKey }) => routeKey)).toEqual(['GET /rooms/{room}', 'ANY /', '$default']);
  });

  it('can refer to an integration in its components', () => {
    const [api] = load(
      withDocument({
        paths: { '/a': { get: operation({ $ref: '#/components/x-amazon-apigateway-integrations/main' }) } },
        components: { 'x-amazon-apigateway-integrations': { main: LAMBDA } },
      }),
    ).httpApis;
    expect(api?.routes).toMatchObject([{ routeKey: 'GET /a', integration: { type: 'AWS_PROXY' } }]);
  });

  it('reads authorizers, IAM authorization and scopes', () => {
    const jwt = {
      type: 'oauth2',
      'x-amazon-apigateway-authorizer': {
        type: 'jwt',
        identitySource: '$request.header.Authorization',
        jwtConfiguration: { issuer: 'https://issuer.example', audience: ['app'] },
      },
    };
    const lambda = {
      type: 'apiKey',
      'x-amazon-apigateway-authorizer': {
        type: 'request',
        identitySource: '$request.header.Key',
        authorizerUri: { 'Fn::Sub': URI },
        authorizerPayloadFormatVersion: '2.0',
        enableSimpleResponses: true,
      },
    };
    const iam = { type: 'apiKey', 'x-amazon-apigateway-authtype': 'awsSigv4' };
    const [api] = load(
      withDocument({
        security: [{ jwt: ['read'] }],
        paths: {
          '/default': { get: operation(LAMBDA) },
          '/open': { get: operation(LAMBDA, { security: [] }) },
          '/lambda': { get: operation(LAMBDA, { security: [{ lambda: [] }] }) },
          '/iam': { get: operation(LAMBDA, { security: [{ iam: [] }] }) },
          '/auth': { get: operation(LAMBDA, { 'x-amazon-apigateway-auth': { type: 'AWS_IAM' } }) },
        },
        components: { securitySchemes: { jwt, lambda, iam } },
      }),
    ).httpApis;
    const routes = Object.fromEntries(
      api?.routes.map(({ routeKey, integration: _, ...rest }) => [routeKey, rest]) ?? [],
    );
    expect(routes).toMatchObject({
      'GET /default': {
        authorizer: { type: 'JWT', issuer: 'https://issuer.example', audience: ['app'] },
        scopes: ['read'],
      },
      'GET /lambda': {
        authorizer: { type: 'REQUEST', identitySources: ['$request.header.Key'], hasSimpleResponses: true },
      },
      'GET /iam': { requiresIam: true },
      'GET /auth': { requiresIam: true },
    });
    expect(routes['GET /open']).toEqual({});
  });

  it('reads the CORS configuration', () => {
    const [api] = load(
      withDocument({
        paths: { '/a': { get: operation(LAMBDA) } },
        'x-amazon-apigateway-cors': {
          allowOrigins: ['https://a.example'],
          allowMethods: ['get'],
          maxAge: 60,
        },
      }),
    ).httpApis;
    expect(api?.cors).toMatchObject({
      allowOrigins: ['https://a.example'],
      allowMethods: ['GET'],
      maxAgeSeconds: 60,
    });
  });

  it('can be an AWS::ApiGatewayV2::Api', () => {
    const Body = { paths: { '/a': { get: operation(LAMBDA) } } };
    const Api = { Type: 'AWS::ApiGatewayV2::Api', Properties: { Body } };
    const Stage = {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
    };
    const Transform = 'AWS::Serverless-2016-10-31';
    const [api] = load(JSON.stringify({ Transform, Resources: { Api, Stage, ...MORE } })).httpApis;
    expect(api?.routes).toMatchObject([{ routeKey: 'GET /a' }]);
  });

  it('reports an operation without an integration, and a route that a function declares too', () => {
    const text = withDocument({ paths: { '/a': { get: {} } } });
    expect(load(text).support.findings).toContainEqual(
      expect.objectContaining({ kind: 'warning', message: 'The route GET /a has no integration.' }),
    );
    const twice = JSON.parse(withDocument({ paths: { '/a': { get: operation(LAMBDA) } } }));
    twice.Resources.Fn.Properties.Events = {
      A: { Type: 'HttpApi', Properties: { ApiId: { Ref: 'Api' }, Path: '/a', Method: 'get' } },
    };
    expect(problemsOf(JSON.stringify(twice)).join()).toContain('The API already has a route GET /a');
  });
});

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html
describe('a service integration of an HTTP API', () => {
  it('publishes an event with parameters from the request', async () => {
    const { port, calls } = await start(
      withService('EventBridge-PutEvents', {
        Detail: '$request.body.detail',
        DetailType: '$request.header.x-type',
        Source: 'app.$request.querystring.from',
        Time: '$request.body.missing',
        Region: 'us-east-1',
      }),
      () => ({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] }),
    );
    const response = await send(
      port,
      'POST',
      '/7?from=web',
      { ...HOST, 'x-type': 'Sent' },
      '{"detail": {"text": "hi"}}',
    );
    expect(calls).toEqual([
      {
        service: 'events',
        action: 'PutEvents',
        input: { Entries: [{ Detail: '{"text":"hi"}', DetailType: 'Sent', Source: 'app.web' }] },
        principal: expect.stringContaining(':role/'),
      },
    ]);
    expect(response).toMatchObject({
      status: 200,
      body: '{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}',
    });
  });

  it('sends the whole body to a queue, and returns XML', async () => {
    const { port, calls } = await start(
      withService('SQS-SendMessage', {
        QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/q',
        MessageBody: '$request.body',
        MessageGroupId: '$request.path.room',
        DelaySeconds: '5',
      }),
      () => ({ MessageId: 'm', MD5OfMessageBody: '&' }),
    );
    const response = await send(port, 'POST', '/7', HOST, 'not JSON');
    expect(calls[0]?.input).toEqual({
      QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111122223333/q',
      MessageBody: 'not JSON',
      MessageGroupId: '7',
      DelaySeconds: 5,
    });
    expect(response.headers['content-type']).toBe('text/xml');
    expect(response.body).toMatch(
      /^<\?xml version="1.0"\?><SendMessageResponse xmlns="http:\/\/queue.amazonaws.com\/doc\/2012-11-05\/"><SendMessageResult><MessageId>m<\/MessageId><MD5OfMessageBody>&amp;<\/MD5OfMessageBody><\/SendMessageResult><ResponseMetadata><RequestId>[\w-]+<\/RequestId><\/ResponseMetadata><\/SendMessageResponse>$/,
    );
  });

  it('runs a workflow, and returns the error of the service', async () => {
    const { port, calls } = await start(
      withService('StepFunctions-StartSyncExecution', {
        StateMachineArn: 'arn:machine',
        Input: '$request.body',
        Name: '$context.requestId',
      }),
      () => Promise.reject(new AwsError('StateMachineDoesNotExist', 'There is no such workflow.')),
    );
    const response = await send(port, 'POST', '/7', HOST, '{"a":1}');
    expect(calls[0]).toMatchObject({
      service: 'states',
      action: 'StartSyncExecution',
      input: { stateMachineArn: 'arn:machine', input: '{"a":1}', name: expect.any(String) },
    });
    expect(response).toMatchObject({
      status: 400,
      body: '{"__type":"StateMachineDoesNotExist","message":"There is no such workflow."}',
    });
  });

  it('requires its parameters and a role', () => {
    const text = withService('SQS-SendMessage', { QueueUrl: 'q' });
    expect(problemsOf(text).join()).toContain('requestParameters: MessageBody is missing');
    const withoutRole = text.replace(/,"credentials":\{[^}]*\}/, '');
    expect(problemsOf(withoutRole).join()).toContain('CredentialsArn is missing');
  });

  it('fails for services that the runtime does not emulate', async () => {
    const { port } = await start(withService('Kinesis-PutRecord', { StreamName: 's' }));
    expect((await send(port, 'POST', '/7', HOST, '{}')).status).toBe(500);
  });
});
