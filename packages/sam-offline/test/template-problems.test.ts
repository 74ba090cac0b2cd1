import { loadTemplate } from '../src/app-model/load-template';
import { FN, failureOf, load, problemsOf, withFunction, withProperties } from './fixtures/template/load';

describe('Template: problems', () => {
  it('reports all problems together, sorted by line', () => {
    const error = failureOf(
      withFunction(`  Bucket:
    Type: AWS::S3::AccessPoint
  Pool:
    Type: AWS::Cognito::UserPool
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      Colour: !Cidr [a, 1, 1]
`),
    );
    expect(error.name).toBe('TemplateError');
    expect(error.problems.map(({ line, message }) => [line, message])).toEqual([
      [
        6,
        'The resource Bucket of the type AWS::S3::AccessPoint is not supported. ' +
          'Calls to S3 fail, and the bucket sends no events.',
      ],
      [
        8,
        'The resource Pool of the type AWS::Cognito::UserPool is not supported. ' +
          'Users cannot sign in, and there are no tokens.',
      ],
      [
        14,
        'The intrinsic function Fn::Cidr is not supported. Its value is the placeholder placeholder-Fn-Cidr',
      ],
      [14, 'Colour of AWS::SQS::Queue is not supported'],
    ]);
    const [first] = error.message.split('\n');
    expect(first).toMatch(
      /template\.yaml:6: Resources\.Bucket: The resource Bucket of the type AWS::S3::AccessPoint/,
    );
  });

  it('rejects a logical ID that SAM also generates', () => {
    const role = '  FnRole: { Type: AWS::IAM::Role }\n';
    expect(problemsOf(withFunction(role))).toEqual([
      expect.stringContaining(
        'SAM generates the logical ID FnRole for Fn, but the template also declares it',
      ),
    ]);
  });

  it('rejects rules that refer to missing resources', () => {
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
      problemsOf(withFunction(rule)).map((problem) => problem.replace(/ of the template.*/, '')),
    ).toEqual([
      '9 Resources.Rule.Properties.EventBusName: The template does not declare the event bus nowhere',
      '11 Resources.Rule.Properties.Targets: Two targets have the Id a. Ids must be unique in a rule.',
      '12 Resources.Rule.Properties.Targets.0.DeadLetterConfig.Arn: must be the ARN of an AWS::SQS::Queue',
      '12 Resources.Rule.Properties.Targets.0.Arn: must be the ARN of an AWS::Serverless::Function or ' +
        'AWS::Lambda::Function or AWS::Serverless::StateMachine or AWS::StepFunctions::StateMachine or AWS::SQS::Queue or AWS::Events::EventBus',
      '13 Resources.Rule.Properties.Targets.1.RetryPolicy.MaximumEventAgeInSeconds: ' +
        'must be an integer from 60 to 86400, but is "1"',
    ]);
  });

  it('rejects tables with invalid attributes or without ProvisionedThroughput', () => {
    const table = `  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      StreamSpecification: { StreamViewType: ALL }
      AttributeDefinitions: [{ AttributeName: id, AttributeType: T }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
`;
    expect(problemsOf(withFunction(table))).toEqual([
      '8 Resources.Table.Properties: ProvisionedThroughput is missing',
      '9 Resources.Table.Properties.StreamSpecification.StreamViewType: ' +
        'must be KEYS_ONLY or NEW_IMAGE or OLD_IMAGE or NEW_AND_OLD_IMAGES, but is "ALL"',
      '10 Resources.Table.Properties.AttributeDefinitions.0.AttributeType: must be S or N or B, but is "T"',
    ]);
  });

  it('rejects tables that DynamoDB rejects, and reports their lines', () => {
    const table = (name: string, attributes: string) =>
      `  ${name}: { Type: AWS::DynamoDB::Table, Properties: { BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [${attributes}], KeySchema: [{ AttributeName: id, KeyType: HASH }] } }\n`;
    const id = '{ AttributeName: id, AttributeType: S }';
    const extra = '{ AttributeName: state, AttributeType: S }';
    const tables = table('Unused', `${id}, ${extra}`) + table('Valid', id) + table('Missing', extra);
    expect(problemsOf(withFunction(tables))).toEqual([
      '6 Resources.Unused: One or more parameter values were invalid: Number of attributes in KeySchema ' +
        'does not exactly match number of attributes defined in AttributeDefinitions',
      '8 Resources.Missing: One or more parameter values were invalid: Some index key attributes are not ' +
        'defined in AttributeDefinitions. Keys: [id], AttributeDefinitions: [state]',
    ]);
  });

  it('rejects circular dependencies', () => {
    const resources = `  A: { Type: AWS::SNS::Topic, Properties: { TopicName: !Sub '\${B}-x' } }
  B: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: !Sub '\${A}-y' } }
  C: { Type: AWS::IAM::Role, DependsOn: D }
  D: { Type: AWS::IAM::Role, Properties: { Path: !Ref C } }
  E: { Type: AWS::Events::Rule, Properties: { EventPattern: {}, EventBusName: !Ref E } }
`;
    const cycles = problemsOf(withFunction(resources)).filter((problem) => problem.includes('Circular'));
    expect(cycles).toEqual([
      '6 Resources.A: Circular dependency between resources: A -> B -> A',
      '8 Resources.C: Circular dependency between resources: C -> D -> C',
      '10 Resources.E: Circular dependency between resources: E -> E',
    ]);
  });

  it('allows a function and the GraphQL API that invokes it to refer to each other', () => {
    const api = `  Api:
    Type: AWS::Serverless::GraphQLApi
    Properties:
      ApiKeys: { Key: {} }
      DataSources: { Lambda: { Mine: { FunctionArn: !GetAtt Fn.Arn } } }
`;
    const template = withProperties('Environment: { Variables: { URL: !GetAtt Api.GraphQLUrl } }') + api;
    const app = load(
      `${template}Outputs: { Key: { Value: !GetAtt ApiKey.ApiKey }, Source: { Value: !GetAtt ApiMineDataSource.Name } }\n`,
    );
    expect(app.outputs).toHaveLength(2);
  });

  it('rejects duplicate names, unknown sections and unknown transforms', () => {
    const text = `Transform: [AWS::Serverless-2016-10-31, Mine]
Rules: {}
Resources:
${FN}  A: { Type: AWS::Serverless::Function, Properties: { FunctionName: x, Handler: a.b, Runtime: nodejs24.x } }
  B: { Type: AWS::Serverless::Function, DependsOn: Z, Properties: { FunctionName: x, Handler: a.b, Runtime: nodejs24.x } }
`;
    expect(problemsOf(text)).toEqual([
      '1 Transform: The transform Mine is not supported',
      '2 Rules: The section Rules is not supported',
      '8 Resources.B: DependsOn refers to Z, which the template does not declare',
      '8 Resources.B: A also has the name x. Names must be unique.',
    ]);
    expect(problemsOf(`Resources:\n${FN}`)).toEqual([
      '1 : AWS::Serverless resources require Transform: AWS::Serverless-2016-10-31',
    ]);
  });

  it('rejects a file that does not exist', () => {
    expect(() => loadTemplate({ file: '/nowhere/template.yaml' })).toThrow(
      '/nowhere/template.yaml:1: The template cannot be read: ENOENT',
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
    Properties: { Events: { A: { Type: S3 } } }
`;

  it('omits resources with a condition that is false', () => {
    expect(load(sections).functions.map(({ logicalId }) => logicalId)).toEqual(['Fn']);
  });

  it('rejects references to omitted resources', () => {
    const role = '  Role: { Type: AWS::IAM::Role, Properties: { RoleName: !Ref Gone } }\n';
    expect(problemsOf(sections + role)).toEqual([
      '14 Resources.Role.Properties.RoleName: Ref refers to Gone, whose condition Never is false',
    ]);
  });
});
