import { load, withFunction } from './fixtures/template/load';

/** The invocation URI of a function. */
const uri = (name = 'Fn') =>
  `!Sub arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${name}.Arn}/invocations`;

const PERMISSION = `  Permission:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !Ref Fn, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com }
`;

/** Returns a template with a WebSocket API that has one route. */
function webSocketApi(more = '', { stage = 'AutoDeploy: true', integration = '', route = '' } = {}): string {
  return withFunction(`  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: { Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action }
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $default
      Target: !Join [/, [integrations, !Ref Integration]]
      ${route}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: ${uri()}
      ${integration}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      ApiId: !Ref Api
      StageName: prod
      StageVariables: { color: red }
      ${stage}
${more}`);
}

describe('Template: AWS::ApiGatewayV2 WebSocket APIs', () => {
  it('creates a model for each stage', () => {
    const stage =
      '  Second: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Api, StageName: dev, AutoDeploy: true } }\n';
    const app = load(webSocketApi(PERMISSION + stage));
    const integration = { type: 'AWS_PROXY', functionArn: app.functions[0]?.arn, timeoutMillis: 29_000 };
    const shared = {
      logicalId: 'Api',
      apiId: expect.stringMatching(/^[a-z0-9]{10}$/),
      isDeployed: true,
      routeSelectionExpression: '$request.body.action',
      routes: [{ routeKey: '$default', integration, hasResponse: false }],
    };
    expect(app.webSocketApis).toEqual([
      { ...shared, stage: 'prod', stageVariables: { color: 'red' } },
      { ...shared, stage: 'dev', stageVariables: {} },
    ]);
    expect(app.support.findings).toEqual([]);
  });

  it.each([
    ['DeploymentId: !Ref Deployment', true],
    ['AutoDeploy: true', true],
    ['AutoDeploy: false', false],
    ['Description: x', false],
  ])('creates a stage with %s (deployed: %s)', (property, isDeployed) => {
    const deployment =
      '  Deployment: { Type: AWS::ApiGatewayV2::Deployment, Properties: { ApiId: !Ref Api } }\n';
    const app = load(webSocketApi(PERMISSION + deployment, { stage: property }));
    expect(app.webSocketApis[0]?.isDeployed).toBe(isDeployed);
    const messages = app.support.findings.map(({ kind, message }) => `${kind}: ${message}`);
    expect(messages).toEqual(
      isDeployed ? [] : [expect.stringMatching(/^warning: The stage has no deployment/)],
    );
  });

  it('reports an API without a stage', () => {
    const api = `  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action } }\n`;
    const app = load(withFunction(api));
    expect(app.webSocketApis).toEqual([]);
    expect(app.support.findings).toMatchObject([{ kind: 'warning', line: 6 }]);
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html
  it.each([
    ['RouteResponseSelectionExpression: $default', '$default', true],
    ['RouteResponseSelectionExpression: $default', 'other', false],
    ['OperationName: x', '$default', true],
  ])('reads %s and a response for %s (sends the result to the client: %s)', (property, key, expected) => {
    const response = `  Response: { Type: AWS::ApiGatewayV2::RouteResponse, Properties: { ApiId: !Ref Api, RouteId: !Ref Route, RouteResponseKey: ${key} } }\n`;
    const app = load(webSocketApi(PERMISSION + response, { route: property }));
    expect(app.webSocketApis[0]?.routes[0]?.hasResponse).toBe(expected);
  });
});

describe('Template: permissions of API Gateway', () => {
  const denialOf = (template: string) => {
    const integration = load(template).webSocketApis[0]?.routes[0]?.integration;
    return integration && 'denial' in integration ? integration.denial : undefined;
  };
  const permission = (properties: string) =>
    `  Permission: { Type: AWS::Lambda::Permission, Properties: { ${properties} } }\n`;
  const principal = 'Principal: apigateway.amazonaws.com';
  const action = 'Action: lambda:InvokeFunction';
  const source = `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}`;

  // docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
  it.each([
    ['no permission', ''],
    ['a permission for another function', permission(`FunctionName: other, ${action}, ${principal}`)],
    [
      'a permission for another service',
      permission(`FunctionName: !Ref Fn, ${action}, Principal: events.amazonaws.com`),
    ],
    [
      'a permission for another action',
      permission(`FunctionName: !Ref Fn, Action: lambda:GetFunction, ${principal}`),
    ],
    [
      'a permission for another stage',
      permission(`FunctionName: !Ref Fn, ${action}, ${principal}, SourceArn: !Sub '${source}/dev/*'`),
    ],
    [
      'a permission for another route',
      permission(`FunctionName: !Ref Fn, ${action}, ${principal}, SourceArn: !Sub '${source}/*/$connect'`),
    ],
  ])('denies an invocation with %s', (_, resource) => {
    expect(denialOf(webSocketApi(resource))).toMatch(
      /^API Gateway has no permission to invoke Fn for [a-z0-9]{10}\/prod\/\$default\. Add an AWS::Lambda::Permission/,
    );
  });

  it.each([
    ['the name', permission(`FunctionName: !Ref Fn, ${action}, ${principal}`)],
    ['the ARN', permission(`FunctionName: !GetAtt Fn.Arn, ${action}, ${principal}`)],
    ['an alias', permission(`FunctionName: !Sub '\${Fn.Arn}:live', ${action}, ${principal}`)],
    [
      'a partial ARN',
      permission(`FunctionName: !Sub '\${AWS::AccountId}:function:\${Fn}', ${action}, ${principal}`),
    ],
    ['every action', permission(`FunctionName: !Ref Fn, Action: 'lambda:*', Principal: '*'`)],
    [
      'the route',
      permission(`FunctionName: !Ref Fn, ${action}, ${principal}, SourceArn: !Sub '${source}/prod/$default'`),
    ],
  ])('allows an invocation with a permission for %s', (_, resource) => {
    expect(denialOf(webSocketApi(resource))).toBeUndefined();
  });

  it('requires no permission for an integration with credentials', () => {
    expect(
      denialOf(webSocketApi('', { integration: 'CredentialsArn: arn:aws:iam::1:role/r' })),
    ).toBeUndefined();
  });

  it('reports a missing permission with the line of the integration', () => {
    const { findings } = load(webSocketApi()).support;
    expect(findings).toMatchObject([{ kind: 'warning', path: 'Resources.Integration.Properties', line: 18 }]);
  });
});

describe('Template: AWS::ApiGatewayV2 HTTP APIs', () => {
  const httpApi = (properties: string, more = '') =>
    withFunction(
      `${PERMISSION}  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { ProtocolType: HTTP, ${properties} } }\n${more}`,
    );

  it('reads declared routes', () => {
    const parts = `  Route: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: 'GET /rooms/{id}', Target: !Sub 'integrations/\${Integration}' } }
  Integration: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Fn.Arn, PayloadFormatVersion: '2.0' } }
  Stage: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Api, StageName: $default, AutoDeploy: true, DefaultRouteSettings: { ThrottlingRateLimit: 5 } } }
`;
    const app = load(httpApi('CorsConfiguration: { AllowOrigins: ["*"] }', parts));
    expect(app.httpApis).toMatchObject([
      {
        stage: '$default',
        isDeployed: true,
        cors: { allowOrigins: ['*'] },
        routes: [
          {
            routeKey: 'GET /rooms/{id}',
            integration: { type: 'AWS_PROXY', functionArn: app.functions[0]?.arn, timeoutMillis: 30_000 },
            throttle: { ratePerSecond: 5, burst: 5_000 },
          },
        ],
      },
    ]);
    expect(app.webSocketApis).toEqual([]);
  });

  it.each([
    ['AuthorizationType: AWS_IAM', "PayloadFormatVersion: '2.0'", undefined],
    ['AuthorizerId: x', "PayloadFormatVersion: '2.0'", 'security: AuthorizerId has no effect'],
    [
      'OperationName: x',
      'IntegrationSubtype: Kinesis-PutRecord',
      'unsupported: The runtime does not emulate the service integration Kinesis-PutRecord.',
    ],
  ])(
    'reads the route property %s and the integration property %s, and reports: %s',
    (route, integration, message) => {
      const parts = `  Route: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: 'GET /a', Target: !Sub 'integrations/\${Integration}', ${route} } }
  Integration: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Fn.Arn, ${integration} } }
  Stage: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Api, StageName: $default, AutoDeploy: true } }
`;
      const app = load(httpApi('Name: x', parts));
      const messages = app.support.findings.map((finding) => `${finding.kind}: ${finding.message}`);
      expect(messages).toEqual(message === undefined ? [] : [expect.stringContaining(message)]);
      expect(app.httpApis[0]?.routes[0]?.requiresIam).toBe(route.includes('AWS_IAM') ? true : undefined);
    },
  );

  // docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html
  it.each([
    ['PayloadFormatVersion: 2.0', { payloadFormat: '2.0' }],
    ["PayloadFormatVersion: '2.0'", { payloadFormat: '2.0' }],
    ["PayloadFormatVersion: '1.0'", { payloadFormat: '1.0' }],
    ['Description: x', { payloadFormat: '1.0' }],
    ['IntegrationSubtype: Kinesis-PutRecord', { denial: expect.stringContaining('Kinesis-PutRecord') }],
  ])('reads an integration with %s', (integration, expected) => {
    const parts = `  Route: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: 'GET /a', Target: !Sub 'integrations/\${Integration}' } }
  Integration: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Fn.Arn, ${integration} } }
  Stage: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Api, StageName: $default, AutoDeploy: true } }
`;
    expect(load(httpApi('Name: x', parts)).httpApis[0]?.routes).toMatchObject([{ integration: expected }]);
  });

  it('creates the route and stage of an API with a Target', () => {
    const app = load(httpApi('Target: !GetAtt Fn.Arn, RouteKey: GET /a'));
    expect(app.httpApis).toMatchObject([
      {
        stage: '$default',
        routes: [{ routeKey: 'GET /a', integration: { functionArn: app.functions[0]?.arn } }],
      },
    ]);
  });

  it('checks the permission for the method and path of a route', () => {
    const source = `SourceArn: !Sub 'arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}/*/GET/a'`;
    const template = (routeKey: string) =>
      httpApi(`Target: !GetAtt Fn.Arn, RouteKey: ${routeKey}`).replace(
        'amazonaws.com }',
        `amazonaws.com, ${source} }`,
      );
    const denials = ['GET /a', 'POST /a'].map((routeKey) => {
      const integration = load(template(routeKey)).httpApis[0]?.routes[0]?.integration;
      return integration && 'denial' in integration;
    });
    expect(denials).toEqual([false, true]);
  });
});
