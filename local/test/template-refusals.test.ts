// biome-ignore-all lint/suspicious/noTemplateCurlyInString: state machines spell placeholders like this.
import { failureOf, load, problemsOf } from './fixtures/template/load';

const FN = `  Fn:
    Type: AWS::Serverless::Function
    Properties: { Handler: app.handler, Runtime: nodejs24.x }
`;

/** Resources begin on line 3, after Fn on line 6. */
function template(resources: string): string {
  return `Transform: AWS::Serverless-2016-10-31\nResources:\n${FN}${resources}`;
}

function fn(properties: string): string {
  return template(`  Other:
    Type: AWS::Serverless::Function
    Properties: { Handler: app.handler, Runtime: nodejs24.x, ${properties} }
`);
}

function api(routes: string, properties = ''): string {
  return template(`  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      ${properties}
      Routes:
${routes}`);
}

function machine(properties: string): string {
  return template(`  Machine:\n    Type: AWS::Serverless::StateMachine\n    Properties: { ${properties} }\n`);
}

describe('Template: what is refused', () => {
  test('route keys that SAM gives the same logical id', () => {
    const routes = `        sendmessage: { FunctionArn: !GetAtt Fn.Arn }
        sendMessage: { FunctionArn: !GetAtt Fn.Arn }
`;
    expect(problemsOf(api(routes))).toEqual([
      '13 Resources.Api.Properties.Routes.sendMessage: the route keys sendmessage and sendMessage collide: ' +
        'SAM lower-cases them and generates ApiSendmessageRoute for both. ' +
        'Declare one of them as AWS::ApiGatewayV2::Route beside the API',
    ]);
  });

  test('everything that is wrong is told at once, in the order of lines', () => {
    const error = failureOf(
      template(`  Bucket:
    Type: AWS::S3::AccessPoint
  Table:
    Type: AWS::Serverless::SimpleTable
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      Colour: !GetAZs ''
`),
    );
    expect(error.name).toBe('TemplateError');
    expect(error.problems.map(({ line, message }) => [line, message])).toEqual([
      [6, 'resource type AWS::S3::AccessPoint of Bucket is not supported'],
      [8, 'resource type AWS::Serverless::SimpleTable of Table is not supported'],
      [13, 'must be false, but is true: FIFO queues are not available here'],
      [14, 'the intrinsic function Fn::GetAZs is not supported'],
      [14, 'Colour of AWS::SQS::Queue is not supported'],
    ]);
    const [first] = error.message.split('\n');
    expect(first).toMatch(
      /template\.yaml:6: Resources\.Bucket: resource type AWS::S3::AccessPoint of Bucket/,
    );
  });

  test.each([
    ['Layers: [x]', 'Layers of AWS::Serverless::Function is not supported: bundle what the function needs'],
    ['InlineCode: x', 'InlineCode of AWS::Serverless::Function is not supported'],
    ['VpcConfig: {}', 'VpcConfig of AWS::Serverless::Function is not supported'],
    ['DeadLetterQueue: {}', 'DeadLetterQueue of AWS::Serverless::Function is not supported'],
    ['EventInvokeConfig: { Qualifier: x }', 'Qualifier of EventInvokeConfig is not supported'],
    ['EventInvokeConfig: { MaximumEventAgeInSeconds: 59 }', 'must be a whole number from 60 to 21600'],
    ['EventInvokeConfig: { MaximumEventAgeInSeconds: 21601 }', 'must be a whole number from 60 to 21600'],
    ['EventInvokeConfig: { MaximumRetryAttempts: 3 }', 'must be a whole number from 0 to 2'],
    [
      'EventInvokeConfig: { DestinationConfig: { OnSuccess: { Type: SQS } } }',
      'OnSuccess of DestinationConfig is not supported',
    ],
    [
      'EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: SNS } } }',
      'must be SQS, but is "SNS": records go to queues only',
    ],
    ['EventInvokeConfig: { DestinationConfig: { OnFailure: { Destination: x } } }', 'Type is missing'],
    [
      'EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: SQS } } }',
      'OnFailure of Type SQS without Destination is not supported: SAM would make a queue',
    ],
    [
      'EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Fn.Arn } } }',
      'must be the ARN of AWS::SQS::Queue of this template, but is arn:aws:lambda:',
    ],
    ['PackageType: Image', 'must be Zip, but is "Image"'],
    ['Colour: red', 'Colour of AWS::Serverless::Function is not supported'],
    ['MemorySize: 64', 'must be a whole number from 128 to 10240, but is "64"'],
    ['Timeout: soon', 'must be a whole number from 1 to 900, but is "soon"'],
    ['CodeUri: nowhere', 'there is no nowhere beside the template'],
    ['CodeUri: s3://a/b', 'CodeUri must be a folder on this machine'],
    ['Environment: { Variables: { AWS_REGION: x } }', 'Lambda reserves the variable AWS_REGION'],
    ['Environment: { Variables: { A1: { b: c } } }', 'must be a string, but is a map'],
    ['Environment: { Variables: { A1: } }', 'must be a string, but is empty'],
    ['Tracing: On', 'must be Active or PassThrough or Disabled'],
    ['Events: { A: { Type: Schedule } }', 'events of type Schedule are not supported, only EventBridgeRule'],
    [
      'Events: { A: { Type: EventBridgeRule, Properties: { Colour: x, Pattern: {} } } }',
      'Colour of an EventBridgeRule',
    ],
    ['Events: { A: { Type: EventBridgeRule, Properties: { Input: x, Pattern: {} } } }', 'Input of a target'],
    ['Events: { A: { Type: EventBridgeRule } }', 'EventPattern is missing'],
  ])('a function with %s', (property, message) => {
    const problems = problemsOf(fn(property));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^8 Resources\.Other/);
    expect(problems[0]).toContain(message);
  });

  test('a function without Handler, or of another runtime', () => {
    const resource = '  Py: { Type: AWS::Serverless::Function, Properties: { Runtime: python3.13 } }\n';
    expect(problemsOf(template(resource))).toEqual([
      '6 Resources.Py.Properties: Handler is missing',
      '6 Resources.Py.Properties.Runtime: the runtime python3.13 is not supported: only nodejs*.x',
    ]);
  });

  test.each([
    [
      '        $connect: { FunctionArn: arn:aws:lambda:x }\n',
      'must be the invocation URI of a function of this template',
    ],
    ['        $connect: {}\n', 'FunctionArn is missing'],
    [
      '        send-message: { FunctionArn: !GetAtt Fn.Arn }\n',
      'SAM takes route keys of letters and digits only',
    ],
    [
      '        a: { FunctionArn: !GetAtt Fn.Arn, ApiKeyRequired: true }\n',
      'ApiKeyRequired of a route is not supported',
    ],
    ['        a: { FunctionArn: !GetAtt Fn.Arn, IntegrationTimeout: 30000 }\n', 'from 50 to 29000'],
    ['        {}\n', 'SAM needs a map of at least one route'],
  ])('an API with the routes %s', (routes, message) => {
    const problems = problemsOf(api(routes));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  test.each([
    [
      'Auth: { AuthType: CUSTOM, AuthArn: x }',
      'must be NONE, but is "CUSTOM": authorizers are not available',
    ],
    ['StageVariables: { a: b }', 'StageVariables of AWS::Serverless::WebSocketApi is not supported'],
    ['StageName: $default', 'the stage of a WebSocket API cannot be $default'],
    ['DefaultRouteSettings: { ThrottlingRateLimit: 1 }', 'throttling is not modelled here'],
  ])('an API with %s', (property, message) => {
    const problems = problemsOf(api('        $connect: { FunctionArn: !GetAtt Fn.Arn }\n', property));
    expect(problems.filter((problem) => problem.includes(message))).toHaveLength(1);
  });

  test('routes beside the API that lead nowhere, or are there already', () => {
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
    expect(problems).toContainEqual(expect.stringMatching(/the API has a route a already/));
    expect(problems).toContainEqual(
      expect.stringMatching(/^18 .*Lost.*integration of the same API, but is integrations/),
    );
    expect(problems).toContainEqual(
      expect.stringMatching(/^21 .*Stray.*id of a WebSocket API of this template/),
    );
    expect(problems).toHaveLength(3);
  });

  test('a logical id that SAM generates too', () => {
    const routes = '        a: { FunctionArn: !GetAtt Fn.Arn }\n';
    const role = '  FnRole: { Type: AWS::IAM::Role }\n';
    expect(problemsOf(api(routes) + role)).toEqual([
      expect.stringContaining('SAM generates FnRole for Fn, but there is such a resource already'),
    ]);
  });

  test('rules that name what is not there', () => {
    const rule = `  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: nowhere
      EventPattern: { source: [a] }
      Targets:
        - { Id: a, Arn: arn:x, DeadLetterConfig: { Arn: !GetAtt Fn.Arn } }
        - { Id: a, Arn: !GetAtt Fn.Arn, RetryPolicy: { MaximumEventAgeInSeconds: 1 } }
`;
    expect(problemsOf(template(rule)).map((problem) => problem.replace(/ of this template.*/, ''))).toEqual([
      '9 Resources.Rule.Properties.EventBusName: there is no event bus nowhere in the template',
      '11 Resources.Rule.Properties.Targets: two targets have the Id a',
      '12 Resources.Rule.Properties.Targets.0.DeadLetterConfig.Arn: must be the ARN of AWS::SQS::Queue',
      '12 Resources.Rule.Properties.Targets.0.Arn: must be the ARN of AWS::Serverless::Function or ' +
        'AWS::Serverless::StateMachine or AWS::SQS::Queue',
      '13 Resources.Rule.Properties.Targets.1.RetryPolicy.MaximumEventAgeInSeconds: ' +
        'must be a whole number from 60 to 86400, but is "1"',
    ]);
    const scheduled =
      '  Rule: { Type: AWS::Events::Rule, Properties: { ScheduleExpression: rate(1 hour) } }\n';
    expect(problemsOf(template(scheduled))[0]).toContain(
      'ScheduleExpression of AWS::Events::Rule is not supported',
    );
  });

  test('a table with a stream, or without a throughput it needs', () => {
    const table = `  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      StreamSpecification: { StreamViewType: NEW_IMAGE }
      AttributeDefinitions: [{ AttributeName: id, AttributeType: T }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
`;
    expect(problemsOf(template(table))).toEqual([
      '8 Resources.Table.Properties: ProvisionedThroughput is missing',
      '9 Resources.Table.Properties.StreamSpecification: ' +
        'StreamSpecification of AWS::DynamoDB::Table is not supported: streams are not available here',
      '10 Resources.Table.Properties.AttributeDefinitions.0.AttributeType: must be S or N or B, but is "T"',
    ]);
  });

  test('resources that depend on each other in a circle', () => {
    const resources = `  A: { Type: AWS::SNS::Topic, Properties: { TopicName: !Sub '\${B}-x' } }
  B: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: !Sub '\${A}-y' } }
  C: { Type: AWS::IAM::Role, DependsOn: D }
  D: { Type: AWS::IAM::Role, Properties: { Path: !Ref C } }
  E: { Type: AWS::Events::Rule, Properties: { EventPattern: {}, EventBusName: !Ref E } }
`;
    const circles = problemsOf(template(resources)).filter((problem) => problem.includes('circular'));
    expect(circles).toEqual([
      '6 Resources.A: circular dependency between resources: A -> B -> A',
      '8 Resources.C: circular dependency between resources: C -> D -> C',
      '10 Resources.E: circular dependency between resources: E -> E',
    ]);
  });

  test('an API and its functions may refer to each other', () => {
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

  test('two resources with the same name, unknown sections, attributes and transforms', () => {
    const text = `Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions]
Rules: {}
Resources:
${FN}  A: { Type: AWS::Serverless::Function, Colour: red, Properties: { FunctionName: x, Handler: a.b, Runtime: nodejs24.x } }
  B: { Type: AWS::Serverless::Function, DependsOn: Z, Properties: { FunctionName: x, Handler: a.b, Runtime: nodejs24.x } }
`;
    expect(problemsOf(text)).toEqual([
      '1 Transform: the transform AWS::LanguageExtensions is not supported',
      '2 Rules: the section Rules is not supported',
      '7 Resources.A.Colour: a resource has no attribute Colour',
      '8 Resources.B: DependsOn names Z, which the template does not have',
      '8 Resources.B: A has the same name: x',
    ]);
    expect(problemsOf(`Resources:\n${FN}`)).toEqual([
      '1 : a SAM template needs Transform: AWS::Serverless-2016-10-31',
    ]);
  });

  test('a template that is not there', () => {
    const { loadTemplate } = jest.requireActual('../src/template');
    expect(() => loadTemplate({ file: '/nowhere/template.yaml' })).toThrow(
      '/nowhere/template.yaml:1: the template cannot be read: ENOENT',
    );
  });
});

describe('Template: conditions of resources', () => {
  const sections = `Transform: AWS::Serverless-2016-10-31
Conditions: { Never: !Equals [a, b] }
Resources:
${FN}  Bucket:
    Type: AWS::S3::AccessPoint
    Condition: Never
  Gone:
    Type: AWS::Serverless::Function
    Condition: Never
    Properties: { Events: { A: { Type: Schedule } } }
`;

  test('a resource whose condition is false does not exist', () => {
    expect(load(sections).functions.map(({ logicalId }) => logicalId)).toEqual(['Fn']);
  });

  test('and nothing may refer to it', () => {
    const role = '  Role: { Type: AWS::IAM::Role, Properties: { RoleName: !Ref Gone } }\n';
    expect(problemsOf(sections + role)).toEqual([
      '14 Resources.Role.Properties.RoleName: Gone does not exist: its condition Never is false',
    ]);
  });
});

describe('Template: state machines', () => {
  const DONE = '"Done": { "Type": "Succeed" }';

  test('an inline definition takes intrinsic functions and placeholders', () => {
    const properties =
      "Definition: { StartAt: A, States: { A: { Type: Task, Resource: !GetAtt Fn.Arn, Comment: '${Text}', End: true } } }, " +
      'DefinitionSubstitutions: { Text: hello }';
    const app = load(machine(properties));
    expect(app.stateMachines[0]).toMatchObject({ type: 'STANDARD', tracing: false });
    expect(app.stateMachines[0]?.definition).toEqual({
      StartAt: 'A',
      States: { A: { Type: 'Task', Resource: app.functions[0]?.arn, Comment: 'hello', End: true } },
    });
  });

  test('a placeholder without quotes becomes a number', () => {
    const files = { 'm.json': `{ "StartAt": "Done", "States": { ${DONE} }, "TimeoutSeconds": \${Limit} }` };
    const app = load(machine('DefinitionUri: m.json, DefinitionSubstitutions: { Limit: 30 }'), { files });
    expect(app.stateMachines[0]?.definition).toMatchObject({ TimeoutSeconds: 30 });
  });

  test('a definition may be YAML', () => {
    const files = {
      'machine.asl.yaml': 'StartAt: Done\nStates:\n  Done: { Type: Succeed, Comment: ${A} }\n',
    };
    const app = load(machine('DefinitionUri: machine.asl.yaml, DefinitionSubstitutions: { A: 3 }'), {
      files,
    });
    expect(app.stateMachines[0]?.definition).toEqual({
      StartAt: 'Done',
      States: { Done: { Type: 'Succeed', Comment: 3 } },
    });
  });

  test.each([
    [
      `{ "StartAt": "Done",\n "Comment": "\${Missing} \${Known}",\n "States": { ${DONE} } }`,
      2,
      'no value for ${Missing}',
    ],
    [`{ "StartAt": "Done",\n "States": { ${DONE} }\n, }`, 3, 'the definition is not JSON'],
    ['{ "Comment": "empty" }', 1, 'a state machine needs StartAt and States'],
  ])('a definition that is wrong: %s', (text, line, message) => {
    const properties = 'DefinitionUri: machine.json, DefinitionSubstitutions: { Known: x }';
    const { problems } = failureOf(machine(properties), { files: { 'machine.json': text } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ line, file: expect.stringMatching(/machine\.json$/) });
    expect(problems[0]?.message).toContain(message);
  });

  test('a definition that is missing, or given twice', () => {
    expect(problemsOf(machine('DefinitionUri: nowhere.json'))[0]).toContain(
      'the definition cannot be read: ENOENT',
    );
    expect(problemsOf(machine('Type: EXPRESS'))[0]).toContain(
      'either Definition or DefinitionUri must be given',
    );
  });

  test('events make rules, and queues for dead letters if asked to', () => {
    const files = { 'm.json': `{ "StartAt": "Done", "States": { ${DONE} } }` };
    const events = `DefinitionUri: m.json, Events: {
      A: { Type: EventBridgeRule, Properties: { Pattern: { source: [a] }, State: DISABLED, DeadLetterConfig: { Type: SQS } } },
      B: { Type: EventBridgeRule, Properties: { Pattern: { source: [b] }, DeadLetterConfig: { Type: SQS, QueueLogicalId: Lost } } } }`;
    const app = load(machine(events), { files });
    expect(app.queues.map(({ logicalId }) => logicalId)).toEqual(['MachineAQueue', 'Lost']);
    expect(app.rules).toMatchObject([
      { logicalId: 'MachineA', eventBusName: 'default', enabled: false },
      { logicalId: 'MachineB', eventBusName: 'default', enabled: true },
    ]);
    expect(app.rules.map(({ targets }) => targets[0]?.deadLetterArn)).toEqual(
      app.queues.map(({ arn }) => arn),
    );
  });
});

describe('Template: asynchronous invocations', () => {
  test('have the settings of EventInvokeConfig', () => {
    const app = load(`Transform: AWS::Serverless-2016-10-31
Parameters: { Retries: { Type: Number, Default: 0 } }
Globals: { Function: { Handler: app.handler, Runtime: nodejs24.x } }
Resources:
  Lost: { Type: AWS::SQS::Queue }
  Full:
    Type: AWS::Serverless::Function
    Properties:
      EventInvokeConfig:
        MaximumEventAgeInSeconds: 60
        MaximumRetryAttempts: !Ref Retries
        DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Lost.Arn } }
  Brief: { Type: AWS::Serverless::Function, Properties: { EventInvokeConfig: { MaximumRetryAttempts: 1 } } }
  None: { Type: AWS::Serverless::Function }
`);
    expect(app.functions.map((model) => [model.logicalId, model.asyncInvoke])).toEqual([
      [
        'Full',
        { maximumEventAgeSeconds: 60, maximumRetryAttempts: 0, onFailureArn: app.queues[0]?.arn as string },
      ],
      ['Brief', { maximumEventAgeSeconds: 21_600, maximumRetryAttempts: 1 }],
      ['None', undefined],
    ]);
  });
});

describe('Template: globals', () => {
  const text = `Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs24.x
    MemorySize: 256
    Environment: { Variables: { SHARED: !Sub 'a', OWN: global } }
    Architectures: [x86_64]
Resources:
  A:
    Type: AWS::Serverless::Function
    Properties: { Handler: a.b, Environment: { Variables: { OWN: !Ref AWS::Region } } }
  B:
    Type: AWS::Serverless::Function
    IgnoreGlobals: [MemorySize, Environment]
    Properties: { Handler: a.b }
`;

  test('are merged, and left out where a resource says so', () => {
    expect(load(text).functions).toMatchObject([
      { memoryMb: 256, environment: { SHARED: 'a', OWN: 'eu-west-1' } },
      { memoryMb: 128, environment: {}, runtime: 'nodejs24.x' },
    ]);
  });

  test('hold what SAM takes from them only', () => {
    expect(
      problemsOf(text.replace('MemorySize: 256', 'Policies: []').replace('[MemorySize, Environment]', "'*'")),
    ).toEqual([
      '5 Globals.Function.Policies: SAM does not take Policies from Globals.Function',
      '15 Resources.B.Properties: Runtime is missing',
    ]);
    expect(problemsOf(text.replace('  Function:\n', '  Table: {}\n  Function:\n'))).toEqual([
      '3 Globals.Table: SAM has no Globals section Table',
    ]);
  });
});
