import { loadTemplate } from '../src/template';
import { FN, failureOf, load, problemsOf, withFunction } from './fixtures/template/load';

describe('Template: what is refused', () => {
  test('everything that is wrong is told at once, in the order of lines', () => {
    const error = failureOf(
      withFunction(`  Bucket:
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

  test('a logical id that SAM generates too', () => {
    const role = '  FnRole: { Type: AWS::IAM::Role }\n';
    expect(problemsOf(withFunction(role))).toEqual([
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
    expect(
      problemsOf(withFunction(rule)).map((problem) => problem.replace(/ of this template.*/, '')),
    ).toEqual([
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
    expect(problemsOf(withFunction(scheduled))[0]).toContain(
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
    expect(problemsOf(withFunction(table))).toEqual([
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
    const circles = problemsOf(withFunction(resources)).filter((problem) => problem.includes('circular'));
    expect(circles).toEqual([
      '6 Resources.A: circular dependency between resources: A -> B -> A',
      '8 Resources.C: circular dependency between resources: C -> D -> C',
      '10 Resources.E: circular dependency between resources: E -> E',
    ]);
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
