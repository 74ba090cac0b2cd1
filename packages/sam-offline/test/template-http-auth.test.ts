// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation syntax
import { load, problemsOf } from './fixtures/template/load';

const template = (
  auth: string,
  eventAuth = '',
  more = '',
  sections = '',
) => `Transform: AWS::Serverless-2016-10-31
${sections}
Resources:
  Api: { Type: AWS::Serverless::HttpApi, Properties: { Auth: ${auth} } }
  Authorizer: { Type: AWS::Serverless::Function, Properties: { Handler: auth.handler, Runtime: nodejs24.x } }
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: nodejs24.x
      Events:
        Get: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: /m, Method: get${eventAuth && `, Auth: ${eventAuth}`} } }
${more}`;

const LAMBDA = (more = '') =>
  `{ DefaultAuthorizer: Main, Authorizers: { Main: { FunctionArn: !GetAtt Authorizer.Arn, AuthorizerPayloadFormatVersion: '2.0'${more} } } }`;
const GRANTED = ', EnableFunctionDefaultPermissions: true';
const JWT = (configuration = '{ issuer: "https://issuer.example", audience: [app] }', more = '') =>
  `{ DefaultAuthorizer: Main, Authorizers: { Main: { IdentitySource: $request.header.Authorization, JwtConfiguration: ${configuration}${more} } } }`;

const routeOf = (text: string) => load(text).httpApis[0]?.routes[0];
const findingsOf = (text: string) =>
  load(text).support.findings.map(({ kind, message }) => `${kind}: ${message}`);

// docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-httpapi-httpapiauth.html
describe('Template: Auth of AWS::Serverless::HttpApi', () => {
  it('reads a Lambda authorizer', () => {
    const text = template(
      LAMBDA(
        `${GRANTED}, EnableSimpleResponses: true, Identity: { Headers: [Auth], QueryStrings: [q], StageVariables: [s], Context: [routeKey], ReauthorizeEvery: 60 }`,
      ),
    );
    expect(routeOf(text)?.authorizer).toEqual({
      type: 'REQUEST',
      id: expect.stringMatching(/\/Main$/),
      functionArn: load(text).functions[0]?.arn,
      identitySources: [
        '$request.header.Auth',
        '$request.querystring.q',
        '$stageVariables.s',
        '$context.routeKey',
      ],
      payloadFormat: '2.0',
      hasSimpleResponses: true,
      cacheSeconds: 60,
    });
    expect(findingsOf(text)).toEqual([]);
  });

  it('disables identity sources, simple responses and caching by default', () => {
    expect(routeOf(template(LAMBDA(GRANTED)))?.authorizer).toMatchObject({
      identitySources: [],
      hasSimpleResponses: false,
      cacheSeconds: 0,
    });
  });

  it('grants no permission to invoke the authorizer by default', () => {
    const text = template(LAMBDA());
    expect(routeOf(text)?.authorizer).toMatchObject({
      denial: expect.stringContaining('no permission to invoke Authorizer'),
    });
    expect(findingsOf(text)).toEqual([
      expect.stringMatching(/^warning: .*EnableFunctionDefaultPermissions.*fail with status 500/),
    ]);
  });

  it('uses a permission or a role in the template', () => {
    const permission = `  Permission:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !Ref Authorizer, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com }
`;
    expect(findingsOf(template(LAMBDA(), '', permission))).toEqual([]);
    const role = (resource: string) => `  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: apigateway.amazonaws.com } }] }
      Policies: [{ PolicyName: p, PolicyDocument: { Statement: [{ Effect: Allow, Action: lambda:InvokeFunction, Resource: '${resource}' }] } }]
`;
    const auth = LAMBDA(', FunctionInvokeRole: !GetAtt Role.Arn');
    expect(findingsOf(template(auth, '', role('*')))).toEqual([]);
    expect(findingsOf(template(auth, '', role('arn:x')))).toEqual([
      expect.stringContaining('The role Role does not allow lambda:InvokeFunction'),
    ]);
  });

  it('reports an authorizer with a function that the template does not declare', () => {
    const text = template(LAMBDA().replace('!GetAtt Authorizer.Arn', 'arn:aws:lambda:x'));
    expect(findingsOf(text)).toEqual([
      expect.stringContaining('must have the ARN of a function of the template'),
    ]);
  });

  it.each([
    '{ issuer: "https://issuer.example", audience: [app] }',
    '{ Issuer: "https://issuer.example", Audience: [app] }',
  ])('reads a JWT authorizer with %s', (configuration) => {
    const text = template(JWT(configuration, ', AuthorizationScopes: [read]'));
    expect(routeOf(text)).toMatchObject({
      authorizer: {
        type: 'JWT',
        issuer: 'https://issuer.example',
        audience: ['app'],
        identitySource: '$request.header.Authorization',
      },
      scopes: ['read'],
    });
    expect(findingsOf(text)).toEqual([]);
  });

  it('allows an event to select its authorizer and scopes', () => {
    const auth = JWT(undefined, ', AuthorizationScopes: [read]');
    expect(routeOf(template(auth, '{ AuthorizationScopes: [write] }'))?.scopes).toEqual(['write']);
    expect(routeOf(template(auth, '{ AuthorizationScopes: [] }'))).not.toHaveProperty('scopes');
    expect(routeOf(template(auth, '{ Authorizer: NONE }'))).not.toHaveProperty('authorizer');
    const optional = auth.replace('DefaultAuthorizer: Main, ', '');
    expect(routeOf(template(optional))).not.toHaveProperty('authorizer');
    expect(routeOf(template(optional, '{ Authorizer: Main }'))?.authorizer).toMatchObject({ type: 'JWT' });
  });

  it('can have IAM as the default authorizer', () => {
    const auth = '{ DefaultAuthorizer: AWS_IAM, EnableIamAuthorizer: true }';
    expect(routeOf(template(auth))).toMatchObject({ requiresIam: true });
    expect(routeOf(template(auth, '{ Authorizer: NONE }'))).not.toHaveProperty('requiresIam');
  });

  it('applies to the implicit API in Globals', () => {
    const text = template('{}', '', '', `Globals: { HttpApi: { Auth: ${JWT()} } }`)
      .replace('ApiId: !Ref Api, ', '')
      .replace(/^ {2}Api:.*\n/m, '');
    expect(routeOf(text)?.authorizer).toMatchObject({ type: 'JWT' });
  });

  it.each(['!ImportValue Issuer', "'{{resolve:ssm:/issuer}}'", '!GetAtt Login.Issuer'])(
    'accepts the placeholder for the issuer %s',
    (issuer) => {
      const login = '  Login: { Type: Custom::Login, Properties: { ServiceToken: x } }\n';
      const text = template(JWT(`{ issuer: ${issuer}, audience: [app] }`)).replace(
        /(?<=Resources:\n)/,
        login,
      );
      expect(routeOf(text)?.authorizer).toMatchObject({ type: 'JWT' });
    },
  );

  it('warns about an issuer on this machine', () => {
    expect(findingsOf(template(JWT('{ issuer: "http://localhost:8080", audience: [app] }')))).toEqual([
      'warning: AWS accepts issuers with https:// only.',
    ]);
  });

  it.each([
    [JWT('{ issuer: "http://issuer.example", audience: [app] }'), '', 'must be an https:// URL'],
    [JWT('{ issuer: "https://issuer.example" }'), '', 'audience is missing'],
    [JWT().replace('IdentitySource', 'Other'), '', 'IdentitySource is missing'],
    [
      LAMBDA(GRANTED).replace('AuthorizerPayloadFormatVersion', 'X'),
      '',
      'AuthorizerPayloadFormatVersion is missing',
    ],
    ['{ DefaultAuthorizer: Other }', '', 'must be one of the Authorizers, but is Other'],
    [
      '{ DefaultAuthorizer: AWS_IAM }',
      '{ Authorizer: NONE }',
      'must be one of the Authorizers, but is AWS_IAM',
    ],
    [
      JWT(),
      '{ Authorizer: Other }',
      "Unable to set Authorizer [Other] on the route GET /m because it wasn't defined",
    ],
    [LAMBDA(`${GRANTED}, Identity: { ReauthorizeEvery: 3601 }`), '', 'must be an integer from 0 to 3600'],
  ])('rejects the Auth %s of the API with the Auth %s of an event', (auth, eventAuth, message) => {
    expect(problemsOf(template(auth, eventAuth))).toContainEqual(expect.stringContaining(message));
  });
});

// docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-authorizer.html
describe('Template: authorizers of declared HTTP API routes', () => {
  const declared = (route: string, authorizer: string) => `Transform: AWS::Serverless-2016-10-31
Resources:
  Fn: { Type: AWS::Serverless::Function, Properties: { Handler: app.handler, Runtime: nodejs24.x } }
  Permission:
    Type: AWS::Lambda::Permission
    Properties: { FunctionName: !Ref Fn, Action: lambda:InvokeFunction, Principal: apigateway.amazonaws.com }
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: a, ProtocolType: HTTP } }
  Stage: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Api, StageName: $default, AutoDeploy: true } }
  Integration: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Fn.Arn, PayloadFormatVersion: '2.0' } }
  Route: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: GET /a, Target: !Sub 'integrations/\${Integration}', ${route} } }
  Main: { Type: AWS::ApiGatewayV2::Authorizer, Properties: { ApiId: !Ref Api, Name: main, ${authorizer} } }
`;
  const REQUEST =
    "AuthorizerType: REQUEST, AuthorizerPayloadFormatVersion: '2.0', AuthorizerResultTtlInSeconds: 30, EnableSimpleResponses: true, IdentitySource: [$request.header.Auth], AuthorizerUri: !Sub 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations'";
  const OF_JWT =
    'AuthorizerType: JWT, IdentitySource: [$request.header.Authorization], JwtConfiguration: { Issuer: "https://issuer.example", Audience: [app] }';

  it('reads a Lambda authorizer', () => {
    const text = declared('AuthorizationType: CUSTOM, AuthorizerId: !Ref Main', REQUEST);
    expect(routeOf(text)?.authorizer).toMatchObject({
      type: 'REQUEST',
      payloadFormat: '2.0',
      hasSimpleResponses: true,
      cacheSeconds: 30,
      identitySources: ['$request.header.Auth'],
    });
    expect(findingsOf(text)).toEqual([]);
  });

  it('reads a JWT authorizer', () => {
    const text = declared(
      'AuthorizationType: JWT, AuthorizerId: !Ref Main, AuthorizationScopes: [read]',
      OF_JWT,
    );
    expect(routeOf(text)).toMatchObject({
      authorizer: { type: 'JWT', issuer: 'https://issuer.example', audience: ['app'] },
      scopes: ['read'],
    });
    expect(findingsOf(text)).toEqual([]);
  });

  it('reports scopes that have no effect', () => {
    const text = declared(
      'AuthorizationType: CUSTOM, AuthorizerId: !Ref Main, AuthorizationScopes: [a]',
      REQUEST,
    );
    expect(findingsOf(text)).toEqual([
      'security: AuthorizationScopes has no effect without AuthorizationType JWT.',
    ]);
    expect(routeOf(text)).not.toHaveProperty('scopes');
  });

  it.each([
    ['JWT', REQUEST, 'must be the ID of an authorizer of the type JWT'],
    ['CUSTOM', OF_JWT, 'must be the ID of an authorizer of the type REQUEST'],
  ])('rejects the type %s with an authorizer of another type', (type, authorizer, message) => {
    const text = declared(`AuthorizationType: ${type}, AuthorizerId: !Ref Main`, authorizer);
    expect(problemsOf(text)).toContainEqual(expect.stringContaining(message));
  });
});
