import { load, problemsOf } from './fixtures/template/load';
import { FN_URI, PERMISSION, withApi, withDocument } from './support/rest-api';

const GET = { Get: 'Path: /a, Method: get' };

describe('Template: REST APIs', () => {
  it('applies Globals to the implicit API, and resolves references to its parts', () => {
    const app = load(`Transform: AWS::Serverless-2016-10-31
Globals: { Api: { Cors: "'*'", Auth: { DefaultAuthorizer: AWS_IAM, AddDefaultAuthorizerToCorsPreflight: false } } }
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: nodejs24.x
      Events: { Get: { Type: Api, Properties: { Path: /a, Method: GET } }, Put: { Type: Api, Properties: { Path: /a, Method: any } } }
Outputs:
  Url: { Value: !Sub 'https://\${ServerlessRestApi}.example.com/\${ServerlessRestApi.Stage}/\${ServerlessRestApiProdStage}' }
  Root: { Value: !GetAtt ServerlessRestApi.RootResourceId }
  Deployment: { Value: !Ref ServerlessRestApi.Deployment }
`);
    const [api] = app.restApis;
    expect(app.outputs.map(({ value }) => value)).toEqual([
      `https://${api?.apiId}.example.com/Prod/Prod`,
      expect.stringMatching(/^\w{10}$/),
      expect.stringMatching(/^\w{6}$/),
    ]);
    expect(api?.routes.map(({ routeKey, requiresIam }) => [routeKey, requiresIam])).toEqual([
      ['GET /a', true],
      ['ANY /a', true],
      ['OPTIONS /a', undefined],
    ]);
    expect(app.support.findings).toEqual([]);
  });

  const DOCUMENT = `openapi: 3.0.1
paths:
  /file:
    get:
      responses: {}
      x-amazon-apigateway-integration: { type: aws_proxy, httpMethod: POST, uri: !Sub 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/\${Fn.Arn}/invocations' }
`;

  it('reads an included OpenAPI document, and adds events to it', () => {
    const body =
      'DefinitionBody: { Fn::Transform: { Name: AWS::Include, Parameters: { Location: api.yaml } } }';
    const app = load(withApi(body, GET), { files: { 'api.yaml': DOCUMENT } });
    const target = { functionArn: app.functions[0]?.arn };
    expect(app.restApis[0]?.routes).toMatchObject([
      { routeKey: 'GET /file', integration: target },
      { routeKey: 'GET /a', integration: target },
    ]);
  });

  it('reads the file of DefinitionUri without evaluating intrinsic functions', () => {
    const text = DOCUMENT.replace(/!Sub '.*invocations'/, "'http://example.com/'").replace(
      'aws_proxy',
      'http_proxy',
    );
    const app = load(withApi('DefinitionUri: api.yaml', GET), { files: { 'api.yaml': text } });
    expect(app.restApis[0]?.routes[0]).toMatchObject({ integration: { uri: 'http://example.com/' } });
  });

  it('reads the security schemes of an OpenAPI 3 or Swagger 2 document', () => {
    const authorizer = { type: 'token', authorizerUri: FN_URI, authorizerResultTtlInSeconds: 60 };
    const securitySchemes = {
      own: {
        type: 'apiKey',
        name: 'Auth',
        in: 'header',
        'x-amazon-apigateway-authtype': 'custom',
        'x-amazon-apigateway-authorizer': authorizer,
      },
      sigv4: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        'x-amazon-apigateway-authtype': 'awsSigv4',
      },
      key: { type: 'apiKey', name: 'x-api-key', in: 'header' },
    };
    const operation = (security?: object[]) => ({
      responses: {},
      ...(security && { security }),
      'x-amazon-apigateway-integration': { type: 'aws_proxy', httpMethod: 'POST', uri: FN_URI },
    });
    const paths = {
      '/a': {
        get: operation([{ own: [] }, { key: [] }]),
        put: operation([{ sigv4: [] }]),
        post: operation([]),
        'x-amazon-apigateway-any-method': operation(),
      },
    };
    const security = [{ own: [] }];
    for (const schemes of [
      { components: { securitySchemes } },
      { openapi: undefined, swagger: '2.0', securityDefinitions: securitySchemes },
    ]) {
      const routes = load(withDocument({ paths, security, ...schemes }, PERMISSION), { region: 'us-east-1' })
        .restApis[0]?.routes;
      const token = { type: 'TOKEN', identitySources: ['route.request.header.Auth'], cacheSeconds: 60 };
      expect(routes).toMatchObject([
        { routeKey: 'GET /a', authorizer: token, requiresApiKey: true },
        { routeKey: 'PUT /a', requiresIam: true },
        { routeKey: 'POST /a' },
        { routeKey: 'ANY /a', authorizer: token },
      ]);
      expect(routes?.[2]).not.toHaveProperty('authorizer');
    }
  });

  it.each<[string, string, string]>([
    [
      'a duplicate event',
      withApi('', { ...GET, Twice: 'Path: /a, Method: GET' }),
      'defined multiple times for path "/a"',
    ],
    [
      'an authorizer that does not exist',
      withApi('', { Get: 'Path: /a, Method: get, Auth: { Authorizer: Other }' }),
      'Unable to set Authorizer [Other] on API method [GET /a]',
    ],
    ['a CORS value without quotes', withApi("Cors: '*'", GET), 'must be in single quotes'],
    [
      'a method without an integration',
      withDocument({ paths: { '/a': { get: { responses: {} } } } }),
      'No integration defined for method: GET /a',
    ],
    [
      'a header that the method response does not declare',
      withDocument({
        paths: {
          '/a': {
            get: {
              responses: { 200: {} },
              'x-amazon-apigateway-integration': {
                type: 'mock',
                responses: {
                  default: { statusCode: 200, responseParameters: { 'method.response.header.X': "'x'" } },
                },
              },
            },
          },
        },
      }),
      'Invalid mapping expression parameter specified: method.response.header.X',
    ],
    [
      'a function that refers to its implicit API',
      `Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: nodejs24.x
      Environment: { Variables: { API: !Ref ServerlessRestApi } }
      Events: { Get: { Type: Api, Properties: { Path: /a, Method: get } } }
`,
      'Circular dependency between resources',
    ],
  ])('rejects %s', (_name, template, message) => {
    expect(problemsOf(template)).toEqual(expect.arrayContaining([expect.stringContaining(message)]));
  });

  it('accepts a declared deployment and stage in addition to the generated deployment and stage', () => {
    const more = `  ApiDeployment: { Type: AWS::ApiGateway::Deployment, Properties: { RestApiId: !Ref Api } }
  ApiStage: { Type: AWS::ApiGateway::Stage, Properties: { RestApiId: !Ref Api, DeploymentId: !Ref ApiDeployment, StageName: v2 } }
`;
    expect(load(withApi('', GET, more)).restApis.map(({ stage }) => stage)).toEqual(['v1', 'v2']);
  });

  it('reports policies, custom domains and events of other APIs', () => {
    const { findings } = load(
      withApi(
        'Auth: { ResourcePolicy: { IpRangeAllowlist: [10.0.0.0/8] } }, Domain: { DomainName: a.example }',
        GET,
        `  Other:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: nodejs24.x
      Events: { Get: { Type: Api, Properties: { RestApiId: abc, Path: /a, Method: get } } }
`,
      ),
    ).support;
    expect(findings.map(({ kind, path }) => [kind, path])).toEqual([
      ['unsupported', 'Resources.Api.Properties.Domain'],
      ['security', 'Resources.Api.Properties.Auth.ResourcePolicy'],
      ['trigger', 'Resources.Other.Properties.Events.Get.Properties.RestApiId'],
    ]);
  });
});
