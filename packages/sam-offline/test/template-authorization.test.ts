// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation's syntax
import { load, problemsOf, withFunction } from './fixtures/template/load';

const PERMISSION = `  Permission:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !Ref Fn, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com }
`;

/** Returns a template with a WebSocket API. `connect` contains the properties of its `$connect` route. */
function apiWith(connect: string, more = '', api = ''): string {
  return withFunction(`${PERMISSION}  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: { Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action${api} }
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: { ApiId: !Ref Api, IntegrationType: MOCK }
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: { ApiId: !Ref Api, StageName: prod, AutoDeploy: true }
  Connect:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $connect
      Target: !Sub integrations/\${Integration}
      ${connect}
${more}`);
}

const AUTHORIZER = (
  uri = 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations',
) =>
  `  Authorizer:
    Type: AWS::ApiGatewayV2::Authorizer
    Properties:
      Name: auth
      ApiId: !Ref Api
      AuthorizerType: REQUEST
      AuthorizerUri: !Sub ${uri}
      IdentitySource: ['route.request.header.Auth, route.request.querystring.token']
`;
const CUSTOM = 'AuthorizationType: CUSTOM\n      AuthorizerId: !Ref Authorizer';

const connectOf = (template: string) => load(template).webSocketApis[0]?.routes[0];
const findingsOf = (template: string) =>
  load(template).support.findings.map(({ kind, message }) => `${kind}: ${message}`);

describe('Template: authorization of WebSocket routes', () => {
  it('reads a Lambda authorizer', () => {
    const template = apiWith(CUSTOM, AUTHORIZER());
    expect(connectOf(template)).toMatchObject({
      authorization: {
        type: 'REQUEST',
        functionArn: load(template).functions[0]?.arn,
        identitySources: ['route.request.header.Auth', 'route.request.querystring.token'],
      },
    });
    expect(findingsOf(template)).toEqual([]);
  });

  it('reports an authorizer that API Gateway may not invoke', () => {
    const template = apiWith(CUSTOM, AUTHORIZER()).replace(PERMISSION, '');
    expect(connectOf(template)?.authorization).toMatchObject({
      denial: expect.stringMatching(/no permission to invoke Fn for [a-z0-9]{10}\/authorizers\//),
    });
    expect(findingsOf(template)).toEqual([
      expect.stringMatching(/^warning: .*all requests fail with status 500/),
    ]);
  });

  it('reports an authorizer with a function that the template does not declare', () => {
    expect(connectOf(apiWith(CUSTOM, AUTHORIZER('arn:aws:lambda:x')))?.authorization).toMatchObject({
      denial: expect.stringContaining('must have the invocation URI of a function'),
    });
  });

  it('reads IAM authorization and API keys', () => {
    const template = apiWith('AuthorizationType: AWS_IAM\n      ApiKeyRequired: true');
    expect(connectOf(template)).toMatchObject({ authorization: { type: 'AWS_IAM' }, requiresApiKey: true });
    expect(findingsOf(template)).toEqual([]);
  });

  it('reads the API keys in the usage plans of a stage', () => {
    const keys = `  Key: { Type: AWS::ApiGateway::ApiKey, Properties: { Enabled: true, Value: secret } }
  Generated: { Type: AWS::ApiGateway::ApiKey, Properties: { Enabled: true } }
  Disabled: { Type: AWS::ApiGateway::ApiKey, Properties: { Value: disabled } }
  Unused: { Type: AWS::ApiGateway::ApiKey, Properties: { Enabled: true, Value: unused } }
  Plan: { Type: AWS::ApiGateway::UsagePlan, Properties: { ApiStages: [{ ApiId: !Ref Api, Stage: !Ref Stage }] } }
  Other: { Type: AWS::ApiGateway::UsagePlan, Properties: { Quota: { Limit: 1 }, ApiStages: [{ ApiId: !Ref Api, Stage: dev }] } }
${['Key', 'Generated', 'Disabled']
  .map(
    (key) =>
      `  ${key}Plan: { Type: AWS::ApiGateway::UsagePlanKey, Properties: { KeyId: !Ref ${key}, KeyType: API_KEY, UsagePlanId: !Ref Plan } }`,
  )
  .join('\n')}
  UnusedPlan: { Type: AWS::ApiGateway::UsagePlanKey, Properties: { KeyId: !Ref Unused, KeyType: API_KEY, UsagePlanId: !Ref Other } }
`;
    const template = apiWith(
      'ApiKeyRequired: true',
      keys,
      ', ApiKeySelectionExpression: $request.header.x-api-key',
    );
    expect(load(template).webSocketApis).toMatchObject([
      {
        apiKeySelectionExpression: '$request.header.x-api-key',
        apiKeys: [{ value: 'secret' }, { value: expect.stringMatching(/^[a-z0-9]{40}$/) }],
      },
    ]);
    expect(findingsOf(template)).toEqual([
      'warning: The key is not enabled. Set Enabled to true.',
      expect.stringContaining('unsupported: Quota of AWS::ApiGateway::UsagePlan is not supported'),
    ]);
  });

  // docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html
  it.each([
    ['AuthorizationType: AWS_IAM', 'security: AuthorizationType has no effect'],
    ['ApiKeyRequired: true', 'security: ApiKeyRequired has no effect'],
  ])('reports %s on a message route', (property, message) => {
    const template = apiWith(property).replace('RouteKey: $connect', 'RouteKey: $default');
    expect(connectOf(template)).not.toHaveProperty('authorization');
    expect(findingsOf(template)).toEqual([expect.stringContaining(message)]);
  });

  it('reports authorization properties that have no effect', () => {
    expect(findingsOf(apiWith('AuthorizerId: x'))).toEqual([
      expect.stringContaining('security: AuthorizerId'),
    ]);
    expect(findingsOf(apiWith('AuthorizationScopes: [x]'))).toEqual([expect.stringContaining('security:')]);
    const noTarget = apiWith('AuthorizationType: AWS_IAM').replace(/ +Target:.*\n/, '');
    expect(findingsOf(noTarget)).toContainEqual(expect.stringContaining('security: The API is open'));
  });

  it('rejects an authorizer that does not exist', () => {
    expect(problemsOf(apiWith('AuthorizationType: CUSTOM\n      AuthorizerId: x'))).toEqual([
      expect.stringContaining('must be the ID of an authorizer of the type REQUEST'),
    ]);
  });

  it('reads the Auth of a SAM API', () => {
    const auth = (more: string) =>
      withFunction(`  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Auth: { ${more} }
      Routes: { $connect: { FunctionArn: !GetAtt Fn.Arn }, $default: { FunctionArn: !GetAtt Fn.Arn } }
`);
    const custom = auth(
      'AuthType: CUSTOM, AuthArn: !GetAtt Fn.Arn, IdentitySource: [route.request.header.Auth]',
    );
    const [connect, other] = load(custom).webSocketApis[0]?.routes ?? [];
    expect(connect?.authorization).toMatchObject({ identitySources: ['route.request.header.Auth'] });
    expect(connect?.authorization).not.toHaveProperty('denial');
    expect(other).not.toHaveProperty('authorization');
    expect(findingsOf(custom)).toEqual([]);
    expect(connectOf(auth('AuthType: AWS_IAM'))?.authorization).toEqual({ type: 'AWS_IAM' });
    expect(connectOf(auth('AuthType: NONE'))).not.toHaveProperty('authorization');
  });

  it('uses the role of a SAM API to invoke the authorizer', () => {
    const template = withFunction(`  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Auth: { AuthType: CUSTOM, AuthArn: !GetAtt Fn.Arn, InvokeRole: !GetAtt InvokeRole.Arn }
      Routes: { $connect: { FunctionArn: !GetAtt Fn.Arn } }
  InvokeRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: apigateway.amazonaws.com } }] }
`);
    expect(connectOf(template)?.authorization).toMatchObject({
      denial: expect.stringContaining('The role InvokeRole does not allow lambda:InvokeFunction'),
    });
  });
});

describe('Template: models of WebSocket routes', () => {
  const MODEL = (schema: string) =>
    `  Model: { Type: AWS::ApiGatewayV2::Model, Properties: { ApiId: !Ref Api, Name: add, ContentType: application/json, Schema: ${schema} } }\n`;
  const MODELS = 'ModelSelectionExpression: $request.body.action\n      RequestModels: { a: add }';

  it.each(['{ type: object }', '\'{"type":"object"}\''])('reads the schema %s', (schema) => {
    const template = apiWith(MODELS, MODEL(schema));
    expect(connectOf(template)?.validation).toEqual({
      selection: '$request.body.action',
      schemas: { a: { type: 'object' } },
    });
    expect(findingsOf(template)).toEqual([]);
  });

  it('reports models without a selection expression', () => {
    const template = apiWith('RequestModels: { a: add }', MODEL('{}'));
    expect(connectOf(template)).not.toHaveProperty('validation');
    expect(findingsOf(template)).toEqual([
      'warning: Messages are not validated. Set ModelSelectionExpression.',
    ]);
  });

  it('rejects a model that does not exist', () => {
    expect(problemsOf(apiWith(MODELS))).toEqual([
      expect.stringContaining('must be the name of a model of the API'),
    ]);
  });
});
