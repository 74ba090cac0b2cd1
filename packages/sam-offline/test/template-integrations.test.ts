// biome-ignore-all lint/suspicious/noTemplateCurlyInString: API Gateway's syntax
import { load, withFunction } from './fixtures/template/load';

/** Returns a template with a WebSocket API. Its only route has this integration. */
function apiWith(integration: string, more = ''): string {
  return withFunction(`  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: { Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action }
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: { ApiId: !Ref Api, RouteKey: $default, Target: !Sub 'integrations/\${Integration}' }
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: { ApiId: !Ref Api, StageName: prod, AutoDeploy: true }
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      ${integration}
${more}`);
}

const role = (action: string, principal = 'apigateway.amazonaws.com') => `  ApiRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: ${principal} } }] }
      Policies: [{ PolicyName: p, PolicyDocument: { Statement: [{ Effect: Allow, Action: '${action}', Resource: '*' }] } }]
`;

const AWS = (uri: string, more = '') => `IntegrationType: AWS
      IntegrationMethod: POST
      IntegrationUri: !Sub arn:aws:apigateway:\${AWS::Region}:${uri}
      ${more}`;
const CREDENTIALS = 'CredentialsArn: !GetAtt ApiRole.Arn';

const integrationOf = (template: string) => load(template).webSocketApis[0]?.routes[0]?.integration;
const findingsOf = (template: string) =>
  load(template).support.findings.map(({ kind, message }) => `${kind}: ${message}`);

// docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-integration.html
describe('Template: integrations', () => {
  it('reads the mapping of an integration', () => {
    const properties = `IntegrationType: HTTP
      IntegrationUri: https://example.com
      IntegrationMethod: PUT
      TimeoutInMillis: 100
      PassthroughBehavior: NEVER
      TemplateSelectionExpression: \\$default
      RequestParameters: { integration.request.header.x: "'1'" }
      RequestTemplates: { $default: '{"a":1}', object: { b: 2 } }`;
    const response = `  Response:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties: { ApiId: !Ref Api, IntegrationId: !Ref Integration, IntegrationResponseKey: /2\\d\\d/, ResponseTemplates: { a: b }, TemplateSelectionExpression: a }
  Other:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties: { ApiId: !Ref Api, IntegrationId: other, IntegrationResponseKey: $default }
`;
    const template = apiWith(properties, response);
    expect(integrationOf(template)).toEqual({
      type: 'HTTP',
      uri: 'https://example.com',
      method: 'PUT',
      timeoutMillis: 100,
      passthrough: 'NEVER',
      templateSelection: '\\$default',
      requestParameters: { 'integration.request.header.x': "'1'" },
      requestTemplates: { $default: '{"a":1}', object: '{"b":2}' },
      responses: [{ key: '/2\\d\\d/', templates: { a: 'b' }, templateSelection: 'a' }],
    });
    expect(findingsOf(template)).toEqual([]);
  });

  it('uses the defaults of AWS', () => {
    expect(integrationOf(apiWith('IntegrationType: MOCK'))).toEqual({
      type: 'MOCK',
      uri: '',
      method: 'POST',
      timeoutMillis: 29_000,
      passthrough: 'WHEN_NO_MATCH',
      requestParameters: {},
      requestTemplates: {},
      responses: [],
    });
  });

  it('reads the role of a service integration', () => {
    const template = apiWith(AWS('dynamodb:action/PutItem', CREDENTIALS), role('dynamodb:PutItem'));
    expect(integrationOf(template)).toMatchObject({
      uri: 'arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem',
      credentials: {
        logicalId: 'ApiRole',
        arn: expect.stringMatching(/^arn:aws:iam::123456789012:role\/.*ApiRole/),
        role: { statements: [{ Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: '*' }] },
      },
    });
    expect(findingsOf(template)).toEqual([]);
  });

  it('grants no permissions if API Gateway may not assume the role', () => {
    const template = apiWith(
      AWS('dynamodb:action/PutItem', CREDENTIALS),
      role('dynamodb:PutItem', 'lambda.amazonaws.com'),
    );
    expect(integrationOf(template)).toMatchObject({ credentials: { role: { statements: [] } } });
    expect(findingsOf(template)).toEqual([
      'warning: The trust policy of ApiRole does not allow apigateway.amazonaws.com to assume the role, so all calls fail.',
    ]);
  });

  it('reports a role with permissions that are not enforced', () => {
    const template = apiWith(AWS('sqs:path/1/q', 'CredentialsArn: arn:aws:iam::1:role/shared'));
    expect(integrationOf(template)).toMatchObject({ credentials: { name: 'shared', logicalId: 'shared' } });
    expect(findingsOf(template)).toEqual([
      expect.stringMatching(/^security: The permissions of Integration are not enforced/),
    ]);
  });

  const uri = 'lambda:path/2015-03-31/functions/${Fn.Arn}/invocations';

  it.each([
    ['lambda:InvokeFunction', undefined],
    ['lambda:GetFunction', expect.stringContaining('ApiRole does not allow lambda:InvokeFunction')],
  ])('checks the invocation of a function by a role that allows %s', (action, denial) => {
    for (const type of ['AWS', 'AWS_PROXY']) {
      const properties = AWS(uri, CREDENTIALS).replace('IntegrationType: AWS', `IntegrationType: ${type}`);
      const integration = integrationOf(apiWith(properties, role(action)));
      expect(integration).toMatchObject({ type, functionArn: expect.stringContaining(':function:') });
      expect(integration?.denial).toEqual(denial);
    }
  });

  it('checks the permission to invoke the function of a mapped integration', () => {
    expect(integrationOf(apiWith(AWS(uri)))?.denial).toContain('API Gateway has no permission to invoke Fn');
  });

  it.each([
    [AWS('sns:action/Publish', CREDENTIALS), 'unsupported: Integrations cannot call sns.'],
    [AWS('lambda:path/2015-03-31/functions/other/invocations'), 'unsupported: must be the invocation URI'],
    [AWS('states:action/StartExecution'), 'warning: CredentialsArn is missing'],
    ['IntegrationType: HTTP_PROXY', 'IntegrationUri is missing'],
    [
      'IntegrationType: MOCK\n      ContentHandlingStrategy: CONVERT_TO_BINARY',
      'Clients receive text frames',
    ],
    [
      'IntegrationType: HTTP\n      IntegrationUri: http://a\n      RequestParameters: { integration.request.header.x: method.request.header.y }',
      'unsupported: The mapping of method.request.header.y to integration.request.header.x has no effect',
    ],
    [
      'IntegrationType: HTTP\n      IntegrationUri: http://a\n      RequestParameters: { overwrite:path: "\'a\'" }',
      'unsupported: The mapping of',
    ],
  ])('reports the integration %s', (properties, message) => {
    const template = apiWith(properties, role('*'));
    const messages = () => {
      try {
        return findingsOf(template).join('\n');
      } catch (error) {
        return String(error);
      }
    };
    expect(messages()).toContain(message);
  });

  it('lists an integration as unsupported if its service is not emulated', () => {
    const { resources } = load(apiWith(AWS('sns:action/Publish', CREDENTIALS), role('*'))).support;
    expect(resources.find(({ logicalId }) => logicalId === 'Integration')).toMatchObject({
      support: 'unsupported',
      note: 'The runtime does not emulate sns. The route fails with status 500.',
    });
  });

  it('reports route selection expressions that do not use the body', () => {
    const expression = (text: string) =>
      apiWith('IntegrationType: MOCK').replace('$request.body.action', text);
    expect(findingsOf(expression('"${request.body.a}-${request.body.b}"'))).toEqual([]);
    expect(findingsOf(expression('$request.header.x'))).toEqual([
      expect.stringContaining('can refer to $request.body only, not to $request.header.x'),
    ]);
  });
});
