// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of variables in Fn::Sub
import { load, problemsOf, variablesOf, withVariables } from './fixtures/template/load';

const SECTIONS = `
Parameters:
  Stage: { Type: String, Default: prod }
  Zones: { Type: CommaDelimitedList, Default: 'a, b,c' }
Mappings:
  Sizes:
    prod: { memory: 512, names: [x, y] }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsTest: { 'Fn::Equals': [!Ref Stage, test] }
  NotProd: !Not [!Condition IsProd]
  Both: !And [!Condition IsProd, !Not [!Condition IsTest]]
  Either: !Or [!Condition IsTest, !Equals [!FindInMap [Sizes, prod, memory], '512']]
`;

const RESOURCES = `
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub '\${AWS::StackName}-table'
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Queue: { Type: AWS::SQS::Queue }
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: bus } }
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: machine
      Definition: { StartAt: Done, States: { Done: { Type: Succeed } } }
      Events:
        Any: { Type: EventBridgeRule, Properties: { Pattern: { source: [a] }, RuleName: any } }
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      StageName: live
      RouteSelectionExpression: $request.body.action
      Routes: { $connect: { FunctionArn: !Ref ConnectArn } }
  Role: { Type: AWS::IAM::Role, Properties: { RoleName: role, Path: /team/ } }
  Logs: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: /logs } }
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: topic } }
`.replace('!Ref ConnectArn', '!GetAtt Connect.Arn');

const CONNECT = `
  Connect:
    Type: AWS::Serverless::Function
    Properties: { FunctionName: connect, Handler: app.handler, Runtime: nodejs24.x }
`;

function value(expression: string): string | undefined {
  return variablesOf(withVariables(`VALUE: ${expression}`, SECTIONS, RESOURCES + CONNECT), {
    stackName: 'demo',
  }).VALUE;
}

const ACCOUNT = 'eu-west-1:123456789012';

describe('Template: intrinsic functions', () => {
  it.each([
    ['!Ref Stage', 'prod'],
    ['{ Ref: Stage }', 'prod'],
    ['!Ref AWS::Region', 'eu-west-1'],
    ['!Ref AWS::AccountId', '123456789012'],
    ['!Ref AWS::Partition', 'aws'],
    ['!Ref AWS::StackName', 'demo'],
    ['!Ref AWS::URLSuffix', 'amazonaws.com'],
    ["!Sub 'a-${Stage}-${!Stage}-${AWS::Region}'", 'a-prod-${Stage}-eu-west-1'],
    ["!Sub ['${A}/${Stage}/${B}', { A: 1, B: !Select [1, !Ref Zones] }]", '1/prod/b'],
    ["{ 'Fn::Sub': '${Table}' }", 'demo-table'],
    ["!Join ['-', [a, !Ref Stage, 3]]", 'a-prod-3'],
    ["!Join ['+', !Ref Zones]", 'a+b+c'],
    ["{ 'Fn::Join': ['', [a, !If [IsTest, b, !Ref AWS::NoValue], c]] }", 'ac'],
    ['!Select [0, [x, y]]', 'x'],
    ["!Select ['2', !Ref Zones]", 'c'],
    ["!Select [1, !Split ['|', 'a|b|c']]", 'b'],
    ['!FindInMap [Sizes, !Ref Stage, memory]', '512'],
    ['!Select [1, !FindInMap [Sizes, prod, names]]', 'y'],
    ['!If [IsProd, yes-it-is, no]', 'yes-it-is'],
    ['!If [IsTest, a, b]', 'b'],
    ['!If [NotProd, a, b]', 'b'],
    ['!If [Both, a, b]', 'a'],
    ['!If [Either, a, b]', 'a'],
    ['!If [IsTest, !ImportValue elsewhere, here]', 'here'],
  ])('evaluates %s', (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });

  it('removes a property with the value AWS::NoValue', () => {
    const variables = 'KEPT: a\nGONE: !If [IsTest, b, !Ref AWS::NoValue]';
    expect(variablesOf(withVariables(variables, SECTIONS))).toEqual({ KEPT: 'a' });
  });

  it('evaluates AWS::StackId to an ARN', () => {
    expect(value('!Ref AWS::StackId')).toMatch(
      /^arn:aws:cloudformation:eu-west-1:123456789012:stack\/demo\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    );
  });

  it.each([
    ['!Ref Connect', 'connect'],
    ['!GetAtt Connect.Arn', `arn:aws:lambda:${ACCOUNT}:function:connect`],
    ['!GetAtt [Connect, Arn]', `arn:aws:lambda:${ACCOUNT}:function:connect`],
    ["!Sub '${Connect.Arn}'", `arn:aws:lambda:${ACCOUNT}:function:connect`],
    ['!Ref Table', 'demo-table'],
    ['!GetAtt Table.Arn', `arn:aws:dynamodb:${ACCOUNT}:table/demo-table`],
    ['!Ref Bus', 'bus'],
    ['!GetAtt Bus.Arn', `arn:aws:events:${ACCOUNT}:event-bus/bus`],
    ['!GetAtt Bus.Name', 'bus'],
    ['!Ref Machine', `arn:aws:states:${ACCOUNT}:stateMachine:machine`],
    ['!GetAtt Machine.Arn', `arn:aws:states:${ACCOUNT}:stateMachine:machine`],
    ['!GetAtt Machine.Name', 'machine'],
    ['!Ref MachineAny', 'any'],
    ['!GetAtt MachineAny.Arn', `arn:aws:events:${ACCOUNT}:rule/any`],
    ['!Ref Api.Stage', 'live'],
    ['!Ref ApiliveStage', 'live'],
    ["!Sub '${Api.Stage}'", 'live'],
    ['!GetAtt Role.Arn', 'arn:aws:iam::123456789012:role/team/role'],
    ['!Ref Role', 'role'],
    ['!Ref Logs', '/logs'],
    ['!GetAtt Logs.Arn', `arn:aws:logs:${ACCOUNT}:log-group:/logs:*`],
    ['!Ref Topic', `arn:aws:sns:${ACCOUNT}:topic`],
  ])('resolves %s', (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });

  it('generates names for queues and APIs', () => {
    const app = load(
      withVariables(
        [
          ...['URL: !Ref Queue', 'NAME: !GetAtt Queue.QueueName', 'ARN: !GetAtt Queue.Arn', 'API: !Ref Api'],
          ...[
            'API_ID: !GetAtt Api.ApiId',
            'ENDPOINT: !GetAtt Api.ApiEndpoint',
            'ROLE: !GetAtt ConnectRole.Arn',
          ],
        ].join('\n'),
        '',
        RESOURCES + CONNECT,
      ),
    );
    const queue = app.queues[0]?.name;
    const apiId = app.webSocketApis[0]?.apiId;
    expect(app.functions[0]?.environment).toEqual({
      URL: `https://sqs.eu-west-1.amazonaws.com/123456789012/${queue}`,
      NAME: queue,
      ARN: `arn:aws:sqs:${ACCOUNT}:${queue}`,
      API: apiId,
      API_ID: apiId,
      ENDPOINT: `wss://${apiId}.execute-api.eu-west-1.amazonaws.com`,
      ROLE: expect.stringMatching(/^arn:aws:iam::123456789012:role\/local-ConnectRole-[A-Z0-9]{12}$/),
    });
  });

  it.each([
    [
      '!ImportValue other',
      'The local runtime has no exports of other stacks. The value of other is the placeholder',
    ],
    ['!GetAZs eu-west-1', 'must be a string, but is a list'],
    ['!Ref Nobody', 'Ref refers to Nobody, which the template does not declare'],
    ["!Sub 'x${Nobody}'", 'Ref refers to Nobody, which the template does not declare'],
    ['!GetAtt Nobody.Arn', 'Fn::GetAtt refers to Nobody, which the template does not declare'],
    ['!GetAtt Connect.Nothing', 'The attribute Nothing of AWS::Serverless::Function is not supported'],
    ['!Ref AWS::NotificationARNs', 'must be a string, but is a list'],
    ['!If [Nobody, a, b]', 'The template does not declare the condition Nobody'],
    ['!Select [3, [a]]', 'Fn::Select has the index 3, but the list has 1 item'],
    ['!FindInMap [Sizes, dev, memory]', 'Mappings does not contain Sizes.dev.memory'],
    ["!Sub '${Zones}'", '${Zones} in Fn::Sub must be a string, but is a list'],
    ['!Equals [a, b]', 'Condition functions are supported in the Conditions section only'],
    ["{ 'Fn::Sub': a, Other: b }", 'Fn::Sub must be the only key of its map'],
    ['!Join [a]', 'Fn::Join requires a delimiter and a list'],
  ])('rejects %s, and reports its line', (expression, message) => {
    const template = withVariables(`FIRST: a\nVALUE: ${expression}`, SECTIONS, CONNECT);
    const line = template.split('\n').findIndex((text) => text.includes('VALUE:')) + 1;
    expect(problemsOf(template)).toEqual([expect.stringMatching(new RegExp(`^${line} Resources\\.Fn\\.`))]);
    expect(problemsOf(template)[0]).toContain(message);
  });

  it('rejects conditions that depend on themselves or on resources', () => {
    const sections = `Conditions:
  A: !Not [!Condition B]
  B: !Not [!Condition A]
  C: !Equals [!Ref Fn, x]
  D: !Ref AWS::Region`;
    expect(problemsOf(withVariables('FIRST: a', sections))).toEqual([
      '3 Conditions.A: The condition A depends on itself',
      '5 Conditions.C.0: Conditions can refer to parameters only, not to the resource Fn',
      '6 Conditions.D: A condition must be Fn::Equals, Fn::Not, Fn::And, Fn::Or or Condition, but is Ref',
    ]);
  });
});

describe('Template: YAML', () => {
  it('parses plain scalars as YAML 1.1, and quoted scalars as strings', () => {
    const variables =
      'YES: yes\nOCT: 010\nACCOUNT: 012345678901\nDATE: 2012-10-17\nQUOTED: "010"\nTIME: 1:30\nEXP: 1e3';
    expect(variablesOf(withVariables(`${variables}\nFLOAT: 1.50\nWHOLE: 2.0\nTEXT: "2.00"\nY1: y`))).toEqual({
      YES: 'true',
      OCT: '8',
      ACCOUNT: '012345678901',
      DATE: '2012-10-17',
      QUOTED: '010',
      TIME: '90',
      EXP: '1e3',
      FLOAT: '1.5',
      WHOLE: '2.0',
      TEXT: '2.00',
      Y1: 'y',
    });
  });

  it('resolves anchors, aliases and merge keys', () => {
    const sections = 'Metadata:\n  Shared: &shared { SHARED: s, OWN: overridden }';
    expect(variablesOf(withVariables('<<: *shared\nOWN: o', sections))).toEqual({ SHARED: 's', OWN: 'o' });
  });

  it('parses JSON', () => {
    const Environment = { Variables: { AA: { Ref: 'AWS::Region' } } };
    const Properties = { Handler: 'a.b', Runtime: 'nodejs24.x', Environment };
    const Resources = { Fn: { Type: 'AWS::Serverless::Function', Properties } };
    const template = JSON.stringify({ Transform: 'AWS::Serverless-2016-10-31', Resources }, null, '\t');
    expect(variablesOf(template)).toEqual({ AA: 'eu-west-1' });
  });

  it('reports syntax errors with their lines', () => {
    expect(problemsOf('Resources:\n  A: { B: c\n')[0]).toMatch(/^\d /);
    expect(problemsOf('Resources:\n  A: 1\n  A: 2\n')).toEqual(['3 Resources.A: Type is missing']);
    expect(problemsOf('Metadata: &a [*a]\nResources: {}\n')[0]).toBe(
      '1 Metadata.0: An alias refers to a value that contains it',
    );
  });
});
