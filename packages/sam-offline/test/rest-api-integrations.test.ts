import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsError } from '../src/core/service';
import { send } from './support/http-api';
import { FN_URI, PERMISSION, startRestApis, withDocument } from './support/rest-api';

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

/** Creates a document with one method. It has the method responses 200, with the header `x-kind`, and 404. */
function withIntegration(integration: object, more = PERMISSION, path = '/a/{id}', method = 'post'): string {
  const responses = { 200: { headers: { 'x-kind': { schema: { type: 'string' } } } }, 404: {} };
  return withDocument(
    { paths: { [path]: { [method]: { responses, 'x-amazon-apigateway-integration': integration } } } },
    more,
  );
}

const ROLE = `  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: apigateway.amazonaws.com } }] }
      Policies: [{ PolicyName: p, PolicyDocument: { Statement: [{ Effect: Allow, Action: "*", Resource: "*" }] } }]
`;
const CREDENTIALS = { 'Fn::GetAtt': 'Role.Arn' };
const service = (action: string) => `arn:aws:apigateway:us-east-1:${action}`;

describe('an integration of the type AWS with a function', () => {
  const integration = {
    type: 'aws',
    httpMethod: 'POST',
    uri: FN_URI,
    requestTemplates: {
      'application/json': `{"id": "$input.params('id')", "q": "$input.params('q')", "name": $input.json('$.name'), "stage": "$context.stage"}`,
    },
    passthroughBehavior: 'never',
    responses: {
      default: {
        statusCode: '200',
        responseParameters: { 'method.response.header.x-kind': 'integration.response.body.kind' },
        responseTemplates: { 'application/json': `{"got": $input.json('$')}` },
      },
      '.*not found.*': { statusCode: '404', responseTemplates: { 'application/json': '{"missing": true}' } },
    },
  };

  it('maps the request and the response', async () => {
    const { port, events } = await start(withIntegration(integration), {
      respond: () => ({ payload: { kind: 'room' } }),
    });
    const response = await send(port, 'POST', '/v1/a/7?q=x', HOST, '{"name": "Ada"}');
    expect(events).toEqual([{ id: '7', q: 'x', name: 'Ada', stage: 'v1' }]);
    expect(response).toMatchObject({ status: 200, body: '{"got": {"kind":"room"}}' });
    expect(response.headers).toMatchObject({ 'x-kind': 'room', 'content-type': 'application/json' });
  });

  it('selects the response by the error message of the function', async () => {
    const { port } = await start(withIntegration(integration), {
      respond: () => ({ payload: { errorMessage: 'Room not found.' }, functionError: 'Unhandled' }),
    });
    expect(await send(port, 'POST', '/v1/a/7', HOST, '{}')).toMatchObject({
      status: 404,
      body: '{"missing": true}',
    });
  });

  it('rejects a content type without a template if PassthroughBehavior is NEVER', async () => {
    const { port } = await start(withIntegration(integration));
    const headers = { ...HOST, 'Content-Type': 'text/plain' };
    expect(await send(port, 'POST', '/v1/a/7', headers, 'x')).toMatchObject({
      status: 415,
      body: '{"message":"Unsupported Media Type"}',
    });
  });

  it('can override the status, headers and parameters in templates', async () => {
    const template =
      '#set($context.responseOverride.status = 404)#set($context.responseOverride.header.x-kind = "o"){}';
    const responses = { default: { statusCode: '200', responseTemplates: { 'application/json': template } } };
    const { port } = await start(withIntegration({ ...integration, responses }));
    const response = await send(port, 'POST', '/v1/a/7', HOST, '{}');
    expect(response).toMatchObject({ status: 404, body: '{}', headers: { 'x-kind': 'o' } });
  });

  it.each<[string, object]>([
    ['if no integration response matches', { responses: { '4..': { statusCode: '404' } } }],
    ['if there is no method response for the status', { responses: { default: { statusCode: '201' } } }],
  ])('returns status 500 %s', async (_name, more) => {
    const { port } = await start(withIntegration({ ...integration, ...more }));
    expect(await send(port, 'POST', '/v1/a/7', HOST, '{}')).toMatchObject({
      status: 500,
      body: '{"message":"Internal server error"}',
    });
  });

  it('returns status 500 if the function permission is missing or the integration method is not POST', async () => {
    const denied = await start(withIntegration(integration, ''));
    expect((await send(denied.port, 'POST', '/v1/a/7', HOST, '{}')).status).toBe(500);
    expect(denied.logged).toMatchObject([
      { reason: expect.stringContaining('has no permission to invoke Fn') },
    ]);
    const proxy = await start(withIntegration({ type: 'aws_proxy', httpMethod: 'GET', uri: FN_URI }));
    expect((await send(proxy.port, 'POST', '/v1/a/7', HOST, '{}')).status).toBe(500);
    expect(proxy.events).toEqual([]);
  });
});

describe('an integration of the type AWS with another service', () => {
  it.each([
    ['dynamodb:action/GetItem', '{"TableName": "t"}', {}, ['dynamodb', 'GetItem', { TableName: 't' }]],
    ['states:action/StartExecution', '{"input": "{}"}', {}, ['states', 'StartExecution', { input: '{}' }]],
    [
      'events:action/PutEvents',
      '{"Entries": []}',
      { 'integration.request.header.X-Amz-Target': "'AWSEvents.PutEvents'" },
      ['events', 'PutEvents', { Entries: [] }],
    ],
    [
      'sqs:path/111122223333/queue',
      'Action=SendMessage&MessageBody=$util.urlEncode($input.body)',
      { 'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'" },
      ['sqs', 'SendMessage', { QueueUrl: 'queue', MessageBody: '{"a":1}' }],
    ],
  ])('calls %s with the permissions of its role', async (uri, template, requestParameters, expected) => {
    const integration = {
      type: 'aws',
      httpMethod: 'POST',
      uri: service(uri),
      credentials: CREDENTIALS,
      requestParameters,
      requestTemplates: { 'application/json': template },
      responses: { default: { statusCode: '200' } },
    };
    const { port, calls, app } = await start(withIntegration(integration, ROLE));
    expect((await send(port, 'POST', '/v1/a/7', HOST, '{"a":1}')).status).toBe(200);
    const [called] = calls;
    expect([called?.service, called?.action, called?.input]).toEqual(expected);
    expect(called?.context.principal).toMatch(/:role\/local-Role-/);
    expect(app.support.findings.filter(({ kind }) => kind === 'unsupported')).toEqual([]);
  });

  it('selects the response by the status of the error', async () => {
    const integration = {
      type: 'aws',
      httpMethod: 'POST',
      uri: service('dynamodb:action/GetItem'),
      credentials: CREDENTIALS,
      responses: { '2..': { statusCode: '200' }, '4..': { statusCode: '404' } },
    };
    const { port } = await start(withIntegration(integration, ROLE), {
      serve: () => Promise.reject(new AwsError('ResourceNotFoundException', 'no table')),
    });
    const response = await send(port, 'POST', '/v1/a/7', HOST, '{}');
    expect(response.status).toBe(404);
    expect(JSON.parse(response.body)).toMatchObject({ message: 'no table' });
  });

  it.each([
    ['a state machine', '', 'b'],
    ['a state machine with UnescapeMappingTemplate', ', UnescapeMappingTemplate: true', "b'c"],
  ])('starts an execution for an Api event of %s', async (_name, more, value) => {
    const template = `Transform: AWS::Serverless-2016-10-31
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: { StartAt: A, States: { A: { Type: Succeed } } }
      Events: { Post: { Type: Api, Properties: { Path: /start, Method: post${more} } } }
`;
    const { port, calls, app } = await start(template, { serve: () => ({ executionArn: 'arn' }) });
    const response = await send(port, 'POST', '/Prod/start', HOST, JSON.stringify({ a: value }));
    expect(response).toMatchObject({ status: 200, body: '{"executionArn":"arn"}' });
    const [machine] = app.stateMachines;
    expect(calls).toMatchObject([
      { service: 'states', input: { stateMachineArn: machine?.arn, input: JSON.stringify({ a: value }) } },
    ]);
  });
});

describe('integrations of the types MOCK, HTTP and HTTP_PROXY', () => {
  /** Starts a server that answers with the request. */
  async function startEcho(): Promise<string> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method, url, headers } = request;
      response.setHeader('x-from', 'backend');
      response.end(
        JSON.stringify({ method, url, key: headers['x-key'], body: Buffer.concat(chunks).toString() }),
      );
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stops.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('returns a mock response', async () => {
    const { port } = await start(
      withIntegration({
        type: 'mock',
        requestTemplates: {
          'application/json': `#if($input.params('id') == '7'){"statusCode": 404}#else{"statusCode": 200}#end`,
        },
        responses: {
          '404': { statusCode: '404', responseTemplates: { 'application/json': '{"mock": true}' } },
          default: { statusCode: '200' },
        },
      }),
    );
    expect(await send(port, 'POST', '/v1/a/7', HOST)).toMatchObject({ status: 404, body: '{"mock": true}' });
    expect(await send(port, 'POST', '/v1/a/8', HOST)).toMatchObject({ status: 200, body: '' });
  });

  it('forwards requests of HTTP_PROXY with their parameters', async () => {
    const origin = await startEcho();
    const integration = {
      type: 'http_proxy',
      httpMethod: 'ANY',
      uri: `${origin}/to/{target}`,
      requestParameters: {
        'integration.request.path.target': 'method.request.path.id',
        'integration.request.header.x-key': "'secret'",
      },
    };
    const { port } = await start(withIntegration(integration));
    const response = await send(port, 'POST', '/v1/a/7?q=1', HOST, 'body');
    expect(JSON.parse(response.body)).toEqual({
      method: 'POST',
      url: '/to/7?q=1',
      key: 'secret',
      body: 'body',
    });
    expect(response.headers['x-from']).toBe('backend');
  });

  it('maps the request and the response of HTTP', async () => {
    const origin = await startEcho();
    const integration = {
      type: 'http',
      httpMethod: 'PUT',
      uri: `${origin}/x`,
      requestParameters: { 'integration.request.querystring.id': 'method.request.path.id' },
      responses: {
        default: {
          statusCode: '200',
          responseParameters: { 'method.response.header.x-kind': 'integration.response.header.x-from' },
        },
      },
    };
    const { port } = await start(withIntegration(integration));
    const response = await send(port, 'POST', '/v1/a/7?q=1', HOST, '{"a":1}');
    expect(JSON.parse(response.body)).toEqual({ method: 'PUT', url: '/x?id=7', body: '{"a":1}' });
    expect(response.headers).toMatchObject({ 'x-kind': 'backend' });
    expect(response.headers['x-from']).toBeUndefined();
  });

  it.each(['http', 'http_proxy'])('returns 504 if the server of %s cannot be reached', async (type) => {
    const uri = 'http://127.0.0.1:1/';
    const { port } = await start(
      withIntegration({ type, httpMethod: 'GET', uri, responses: { default: { statusCode: '200' } } }),
    );
    expect(await send(port, 'POST', '/v1/a/7', HOST)).toMatchObject({
      status: 504,
      body: '{"message":"Network error communicating with endpoint"}',
    });
  });
});

// docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
describe('request validation', () => {
  const document = (openapi: object) => ({
    'x-amazon-apigateway-request-validators': {
      all: { validateRequestBody: true, validateRequestParameters: true },
    },
    paths: {
      '/a': {
        post: {
          'x-amazon-apigateway-request-validator': 'all',
          'x-amazon-apigateway-integration': { type: 'aws_proxy', httpMethod: 'POST', uri: FN_URI },
          responses: {},
          ...openapi,
        },
      },
    },
  });
  const openApi3 = {
    ...document({
      parameters: [
        { name: 'page', in: 'query', required: true },
        { name: 'X-Key', in: 'header', required: true },
      ],
      requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Room' } } } },
    }),
    components: {
      schemas: {
        Room: {
          type: 'object',
          required: ['name'],
          properties: { name: { $ref: '#/components/schemas/Name' } },
        },
        Name: { type: 'string', minLength: 1 },
      },
    },
  };

  it.each([
    ['/v1/a?page=1', { 'X-Key': 'k' }, '{"name": "x"}', 200, undefined],
    ['/v1/a', {}, '{"name": "x"}', 400, 'Missing required request parameters: [page, X-Key]'],
    ['/v1/a?page=1', { 'X-Key': 'k' }, '{"name": ""}', 400, 'Invalid request body'],
    ['/v1/a?page=1', { 'X-Key': 'k' }, '{', 400, 'Invalid request body'],
    ['/v1/a?page=1', { 'X-Key': 'k', 'Content-Type': 'text/plain' }, 'no JSON', 200, undefined],
  ])('of an OpenAPI document: %s %j %s returns %i', async (path, headers, body, status, message) => {
    const { port, events } = await start(withDocument(openApi3, PERMISSION));
    const response = await send(port, 'POST', path, { ...HOST, ...headers }, body);
    expect(response.status).toBe(status);
    expect(events).toHaveLength(status === 200 ? 1 : 0);
    if (message !== undefined) expect(JSON.parse(response.body)).toEqual({ message });
  });

  it('of methods uses their models, including models that refer to each other', async () => {
    const template = `Resources:
  Api: { Type: AWS::ApiGateway::RestApi, Properties: { Name: api } }
  Rooms: { Type: AWS::ApiGateway::Resource, Properties: { RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: rooms } }
  Room: { Type: AWS::ApiGateway::Resource, Properties: { RestApiId: !Ref Api, ParentId: !Ref Rooms, PathPart: "{id}" } }
  NameModel: { Type: AWS::ApiGateway::Model, Properties: { RestApiId: !Ref Api, Name: NameModel, ContentType: application/json, Schema: { type: string } } }
  Model:
    Type: AWS::ApiGateway::Model
    Properties:
      RestApiId: !Ref Api
      ContentType: application/json
      Schema: { type: object, properties: { name: { $ref: !Sub 'https://apigateway.amazonaws.com/restapis/\${Api}/models/NameModel' } } }
  Validator: { Type: AWS::ApiGateway::RequestValidator, Properties: { RestApiId: !Ref Api, ValidateRequestBody: true } }
  Post:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Room
      HttpMethod: POST
      AuthorizationType: NONE
      RequestValidatorId: !Ref Validator
      RequestModels: { application/json: !Ref Model }
      MethodResponses: [{ StatusCode: "200" }]
      Integration:
        Type: MOCK
        RequestTemplates: { application/json: '{"statusCode": 200}' }
        IntegrationResponses: [{ StatusCode: "200", ResponseTemplates: { application/json: '{"id": "$input.params("id")"}' } }]
  Deployment: { Type: AWS::ApiGateway::Deployment, DependsOn: Post, Properties: { RestApiId: !Ref Api } }
  Stage: { Type: AWS::ApiGateway::Stage, Properties: { RestApiId: !Ref Api, DeploymentId: !Ref Deployment, StageName: v1 } }
`;
    const { port } = await start(template);
    const post = (body: string) => send(port, 'POST', '/v1/rooms/7', HOST, body);
    expect(await post('{"name": "x"}')).toMatchObject({ status: 200, body: '{"id": "7"}' });
    expect(await post('{"name": 1}')).toMatchObject({
      status: 400,
      body: '{"message":"Invalid request body"}',
    });
  });
});
