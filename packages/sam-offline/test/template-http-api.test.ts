import { FN, load, problemsOf } from './fixtures/template/load';

const template = (api: string, event: string, sections = '') => `Transform: AWS::Serverless-2016-10-31
${sections}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: ${api}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: nodejs24.x
      Events:
        Post: { Type: HttpApi, Properties: ${event} }
Outputs:
  Url: { Value: !GetAtt Api.ApiEndpoint }
`;
const EVENT = '{ ApiId: !Ref Api, Path: /m, Method: post }';

describe('Template: HTTP APIs', () => {
  it('collects the routes that functions declare, and uses the stage $default if there is no StageName', () => {
    const app = load(template('{ Name: !Ref AWS::StackName }', EVENT));
    expect(app.httpApis).toEqual([
      {
        logicalId: 'Api',
        apiId: expect.stringMatching(/^[a-z0-9]{10}$/),
        stage: '$default',
        stageVariables: {},
        isDeployed: true,
        routes: [
          {
            routeKey: 'POST /m',
            integration: { type: 'AWS_PROXY', functionArn: app.functions[0]?.arn, timeoutMillis: 30_000 },
          },
        ],
      },
    ]);
    expect(app.outputs[0]?.value).toBe(
      `https://${app.httpApis[0]?.apiId}.execute-api.eu-west-1.amazonaws.com`,
    );
  });

  it.each([
    ['{ ApiId: !Ref Api }', '$default'],
    ['{ ApiId: !Ref Api, Path: /m }', 'ANY /m'],
    ['{ ApiId: !Ref Api, Path: "/rooms/{room}/{rest+}", Method: ANY }', 'ANY /rooms/{room}/{rest+}'],
  ])('converts the event %s to the route %s', (event, routeKey) => {
    expect(load(template('{}', event)).httpApis[0]?.routes).toMatchObject([{ routeKey }]);
  });

  it('prefers the settings of a route to the default settings', () => {
    const api =
      '{ StageName: v1, DefaultRouteSettings: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 40 } }';
    const event =
      '{ ApiId: !Ref Api, Path: /m, Method: POST, RouteSettings: { ThrottlingRateLimit: 0.5 }, TimeoutInMillis: 5000 }';
    expect(load(template(api, event)).httpApis[0]).toMatchObject({
      stage: 'v1',
      routes: [{ integration: { timeoutMillis: 5000 }, throttle: { ratePerSecond: 0.5, burst: 40 } }],
    });
  });

  it('supports a CORS configuration that depends on a condition', () => {
    const sections = `
Parameters: { Origins: { Type: String, Default: "https://a.example,https://b.example" } }
Conditions: { Named: !Not [!Equals [!Ref Origins, "*"]] }`;
    const api = `{ CorsConfiguration: !If [Named, { AllowOrigins: !Split [",", !Ref Origins], AllowMethods: [post], AllowHeaders: [Authorization], MaxAge: 600 }, !Ref AWS::NoValue] }`;
    expect(load(template(api, EVENT, sections)).httpApis[0]?.cors).toEqual({
      allowOrigins: ['https://a.example', 'https://b.example'],
      allowMethods: ['POST'],
      allowHeaders: ['authorization'],
      exposeHeaders: [],
      allowCredentials: false,
      maxAgeSeconds: 600,
    });
    const any = { parameters: { Origins: '*' } };
    expect(load(template(api, EVENT, sections), any).httpApis[0]).not.toHaveProperty('cors');
    expect(load(template('{ CorsConfiguration: true }', EVENT)).httpApis[0]?.cors?.allowOrigins).toEqual([
      '*',
    ]);
  });

  // docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-httpapi.html
  it('reads the payload format, and uses 2.0 by default', () => {
    const formatOf = (event: string) => load(template('{}', event)).httpApis[0]?.routes[0]?.integration;
    expect(formatOf('{ ApiId: !Ref Api, PayloadFormatVersion: "1.0" }')).toMatchObject({
      payloadFormat: '1.0',
    });
    expect(formatOf('{ ApiId: !Ref Api, PayloadFormatVersion: "2.0" }')).not.toHaveProperty('payloadFormat');
  });

  it('reads the routes that require IAM authorization', () => {
    const event = '{ ApiId: !Ref Api, Path: /m, Method: post, Auth: { Authorizer: AWS_IAM } }';
    const [api] = load(template('{ Auth: { EnableIamAuthorizer: true } }', event)).httpApis;
    expect(api?.routes).toMatchObject([{ routeKey: 'POST /m', requiresIam: true }]);
    const [open] = load(template('{ Auth: { EnableIamAuthorizer: true } }', EVENT)).httpApis;
    expect(open?.routes[0]).not.toHaveProperty('requiresIam');
  });

  it.each([
    ['{ DefinitionUri: api.yaml }', EVENT, 'DefinitionUri of AWS::Serverless::HttpApi is not supported'],
    ['{ StageName: a/b }', EVENT, 'The logical ID Apia/bStage must contain letters and digits only'],
    ['{ DefaultRouteSettings: { ThrottlingRateLimit: fast } }', EVENT, 'must be a number from 0 to 10000'],
    ['{ RouteSettings: { POST /n: {} } }', EVENT, 'The API does not have a route POST /n'],
    [
      '{ CorsConfiguration: { AllowOrigins: !Split [",", "https://a.example"] } }',
      EVENT,
      'SAM drops the other properties if AllowOrigins is Fn::Split',
    ],
    [
      '{ CorsConfiguration: { AllowOrigins: [a.example] } }',
      EVENT,
      'must contain origins or *, but contains "a.example"',
    ],
    [
      '{ CorsConfiguration: { AllowOrigins: ["*"], AllowCredentials: true } }',
      EVENT,
      'AllowCredentials cannot be combined with the origin *',
    ],
    ['{}', '{ ApiId: other, Path: /m }', 'must refer to an HTTP API of the template'],
    ['{}', '{ ApiId: !Ref Api, Path: m }', 'must be a path, for example /rooms/{room}'],
    ['{}', '{ ApiId: !Ref Api, Path: "/{a+}/b" }', 'must be a path, for example /rooms/{room}'],
    ['{}', '{ ApiId: !Ref Api, PayloadFormatVersion: "3.0" }', 'must be 1.0 or 2.0'],
    ['{}', '{ ApiId: !Ref Api, TimeoutInMillis: 30001 }', 'must be an integer from 50 to 30000'],
    // The SAM translator rejects the template with this message.
    [
      '{ Auth: { EnableIamAuthorizer: false } }',
      '{ ApiId: !Ref Api, Path: /m, Method: post, Auth: { Authorizer: AWS_IAM } }',
      'Unable to set Authorizer [AWS_IAM] on the route POST /m',
    ],
  ])('rejects the properties %s with the event %s', (api, event, message) => {
    expect(problemsOf(template(api, event))).toEqual([expect.stringContaining(message)]);
  });

  // docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-httpapi.html
  it('creates the implicit API for events without an ApiId', () => {
    const app = load(
      `Transform: AWS::Serverless-2016-10-31
Globals: { HttpApi: { CorsConfiguration: { AllowOrigins: ['https://a.example'] } } }
Resources:
${FN}      Events:
        Get: { Type: HttpApi, Properties: { Path: /a, Method: GET } }
        Post: { Type: HttpApi, Properties: { Path: /b, Method: POST } }
Outputs: { Url: { Value: !Sub '\${ServerlessHttpApi}/\${ServerlessHttpApi.Stage}' } }
`.replace(
        '    Properties: { Handler: app.handler, Runtime: nodejs24.x }',
        '    Properties:\n      Handler: app.handler\n      Runtime: nodejs24.x',
      ),
    );
    expect(app.httpApis).toMatchObject([
      {
        logicalId: 'ServerlessHttpApi',
        stage: '$default',
        cors: { allowOrigins: ['https://a.example'] },
        routes: [{ routeKey: 'GET /a' }, { routeKey: 'POST /b' }],
      },
    ]);
    expect(app.outputs[0]?.value).toBe(`${app.httpApis[0]?.apiId}/$default`);
  });
});
