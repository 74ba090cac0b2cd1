import { load, problemsOf, withFunction } from './fixtures/template/load';

function api(routes: string, properties = ''): string {
  return withFunction(`  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      ${properties}
      Routes:
${routes}`);
}

describe('Template: WebSocket APIs', () => {
  it('rejects route keys with the same logical ID', () => {
    const routes = `        sendmessage: { FunctionArn: !GetAtt Fn.Arn }
        sendMessage: { FunctionArn: !GetAtt Fn.Arn }
`;
    expect(problemsOf(api(routes))).toEqual([
      '13 Resources.Api.Properties.Routes.sendMessage: The route keys sendmessage and sendMessage collide: ' +
        'SAM converts both to the logical ID ApiSendmessageRoute. ' +
        'Declare one of them as an AWS::ApiGatewayV2::Route resource.',
    ]);
  });

  it.each([
    [
      '        $connect: { FunctionArn: arn:aws:lambda:x }\n',
      'must be the invocation URI of a function of the template',
    ],
    ['        $connect: {}\n', 'FunctionArn is missing'],
    [
      '        send-message: { FunctionArn: !GetAtt Fn.Arn }\n',
      'SAM supports route keys of letters and digits only',
    ],
    [
      '        a: { FunctionArn: !GetAtt Fn.Arn, ApiKeyRequired: true }\n',
      'ApiKeyRequired has no effect: API Gateway authorizes clients on $connect only.',
    ],
    // docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
    // 29 seconds: docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
    ['        a: { FunctionArn: !GetAtt Fn.Arn, IntegrationTimeout: 30000 }\n', 'from 50 to 29000'],
    ['        {}\n', 'Routes must be a map of at least one route'],
  ])('rejects the routes %s', (routes, message) => {
    const problems = problemsOf(api(routes));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it.each([
    ['Auth: { AuthType: NONE, Scopes: [x] }', 'Scopes of Auth is not supported. The API is open'],
    ['Auth: { AuthType: CUSTOM }', 'AuthArn is missing'],
    ['StageName: $default', 'The stage of a WebSocket API cannot be $default'],
    ['DefaultRouteSettings: { ThrottlingRateLimit: fast }', 'must be a number from 0 to 10000'],
  ])('rejects the property %s', (property, message) => {
    const problems = problemsOf(api('        $connect: { FunctionArn: !GetAtt Fn.Arn }\n', property));
    expect(problems.filter((problem) => problem.includes(message))).toHaveLength(1);
  });

  it('applies the limits of the stage to each route, but prefers the limits of the route', () => {
    const routes = '        a: { FunctionArn: !GetAtt Fn.Arn }\n        b: { FunctionArn: !GetAtt Fn.Arn }\n';
    const settings =
      'DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 }\n      ' +
      'RouteSettings: { b: { ThrottlingRateLimit: 0.5, DetailedMetricsEnabled: true } }';
    const [model] = load(api(routes, settings)).webSocketApis;
    expect(model?.routes.map(({ routeKey, throttle }) => [routeKey, throttle])).toEqual([
      ['a', { ratePerSecond: 20, burst: 40 }],
      ['b', { ratePerSecond: 0.5, burst: 40 }],
    ]);
    const [open] = load(api(routes)).webSocketApis;
    expect(open?.routes[0]).not.toHaveProperty('throttle');
  });

  it('rejects separate routes with an unknown target or a duplicate key', () => {
    const routes = '        a: { FunctionArn: !GetAtt Fn.Arn }\n';
    const resources = `  Twice:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Api, RouteKey: a, Target: !Sub 'integrations/\${ApiAIntegration}' }
  Lost:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Api, RouteKey: b, Target: integrations/x }
  Stray:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: x, RouteKey: c, Target: integrations/x }
`;
    const problems = problemsOf(api(routes) + resources);
    expect(problems).toContainEqual(expect.stringMatching(/The API already has a route a/));
    expect(problems).toContainEqual(
      expect.stringMatching(/^18 .*Lost.*integration of the same API, but is integrations/),
    );
    expect(problems).toContainEqual(
      expect.stringMatching(/^21 .*Stray.*must refer to an API of the template/),
    );
    expect(problems).toHaveLength(3);
  });

  it('allows an API and its functions to refer to each other', () => {
    const resources = `  Connect:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: nodejs24.x
      Environment: { Variables: { API: !Ref Api } }
`;
    const app = load(api('        $connect: { FunctionArn: !GetAtt Connect.Arn }\n') + resources);
    expect(app.functions[1]?.environment).toEqual({ API: app.webSocketApis[0]?.apiId });
  });
});
