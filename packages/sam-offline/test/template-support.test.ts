import { formatSupport } from '../src/template/support-table';
import { FN, load, problemsOf, withFunction } from './fixtures/template/load';

const plain = (_color: string, text: string) => text;

describe('Template: support', () => {
  const template = withFunction(`  Alarm: { Type: AWS::CloudWatch::Alarm }
  Topic: { Type: AWS::SNS::Topic }
  Subscription: { Type: AWS::SNS::Subscription, Properties: { TopicArn: !Ref Topic } }
  Queue: { Type: AWS::SQS::Queue, Properties: { Colour: red } }
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: b, Policy: {} } }
`);

  it('lists every declared resource with its line and its level of support', () => {
    const { resources } = load(template).support;
    expect(resources.map(({ support, logicalId, line, note }) => [support, logicalId, line, note])).toEqual([
      ['emulated', 'Fn', 3, ''],
      ['inert', 'Alarm', 6, 'Alarms are not evaluated. Metrics appear in the console.'],
      ['unsupported', 'Topic', 7, 'Publishing fails, and subscribers receive nothing.'],
      ['unsupported', 'Subscription', 8, 'Messages of the topic are not delivered.'],
      ['emulated', 'Queue', 9, ''],
      ['emulated', 'Bus', 10, ''],
    ]);
  });

  it('lists settings that have no effect and protections that are not enforced', () => {
    const { findings } = load(template).support;
    expect(findings.map(({ kind, line, path }) => [kind, line, path])).toEqual([
      ['unsupported', 9, 'Resources.Queue.Properties.Colour'],
      ['security', 10, 'Resources.Bus.Properties.Policy'],
    ]);
  });

  it('rejects unsupported resources, settings and protections only in strict mode', () => {
    expect(problemsOf(template).map((problem) => problem.split(':')[0])).toEqual([
      '7 Resources.Topic',
      '8 Resources.Subscription',
      '9 Resources.Queue.Properties.Colour',
      '10 Resources.Bus.Properties.Policy',
    ]);
  });

  it('lists a bucket as emulated only if it has a website', () => {
    const buckets = `  Web: { Type: AWS::S3::Bucket, Metadata: { Website: { Folder: web } } }\n  Data: { Type: AWS::S3::Bucket }\n`;
    const { resources } = load(`Resources:\n${buckets}`).support;
    expect(resources.map(({ logicalId, support }) => [logicalId, support])).toEqual([
      ['Web', 'emulated'],
      ['Data', 'unsupported'],
    ]);
  });

  it.each([
    ['!Ref Pool', /^eu-west-1_\w{9}$/],
    ['!GetAtt Pool.Arn', /^arn:aws:cognito-idp:eu-west-1:123456789012:userpool\/eu-west-1_\w{9}$/],
    ['!GetAtt Thing.Arn', /^arn:aws:custom:eu-west-1:123456789012:thing\/local-Thing-\w{12}$/],
    ['!GetAtt Thing.Endpoint', /^https:\/\/\w{10}\.custom\.eu-west-1\.amazonaws\.com$/],
    ['!GetAtt Thing.DomainName', /^\w{10}\.custom\.eu-west-1\.amazonaws\.com$/],
    ['!GetAtt Thing.ThingId', /^\w{12}$/],
    ['!GetAtt Thing.Anything', /^local-Thing-\w{12}$/],
  ])('returns a plausible value for %s of an unsupported resource', (value, expected) => {
    const app = load(`Resources:
  Pool: { Type: AWS::Cognito::UserPool }
  Thing: { Type: 'Custom::Thing' }
Outputs: { Out: { Value: ${value} } }
`);
    expect(app.outputs[0]?.value).toMatch(expected);
  });

  it('warns that permissions are not enforced for a role outside of the template', () => {
    const app = load(withFunction('').replace('nodejs24.x }', 'nodejs24.x, Role: arn:aws:iam::1:role/x }'));
    expect(app.support.findings).toMatchObject([
      { kind: 'security', message: expect.stringContaining('The permissions of Fn are not enforced') },
    ]);
  });

  it('reads the role of a function from the template', () => {
    const statement = '{ Statement: [{ Effect: Allow, Action: ACTION, Resource: "*" }] }';
    const policies = (action: string) => statement.replace('ACTION', action);
    const app = load(
      withFunction(`  Role:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns: [!Ref Managed, arn:aws:iam::aws:policy/AmazonSQSFullAccess]
      Policies: [{ PolicyName: p, PolicyDocument: ${policies('dynamodb:GetItem')} }]
  Managed: { Type: AWS::IAM::ManagedPolicy, Properties: { PolicyDocument: ${policies('events:PutEvents')} } }
  Attached: { Type: AWS::IAM::Policy, Properties: { PolicyName: a, Roles: [!Ref Role], PolicyDocument: ${policies('states:StartExecution')} } }
  Stray: { Type: AWS::IAM::Policy, Properties: { PolicyName: b, Roles: [other], PolicyDocument: ${policies('lambda:InvokeFunction')} } }
`).replace('nodejs24.x }', 'nodejs24.x, Role: !GetAtt Role.Arn }'),
    );
    const actions = app.functions[0]?.role.statements?.map(({ Action }) => Action);
    expect(actions).toEqual(['dynamodb:GetItem', 'events:PutEvents', 'sqs:*', 'states:StartExecution']);
  });
});

describe('the support table', () => {
  it('groups resources by type, and shows consequences, protections and warnings with their lines', () => {
    const text = `Transform: AWS::Serverless-2016-10-31
Resources:
${FN}${FN.replace('Fn:', 'Other:')}  Alarm: { Type: AWS::CloudWatch::Alarm }
  Topic: { Type: AWS::SNS::Topic }
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: b, Policy: {} } }
  Queue: { Type: AWS::SQS::Queue, Properties: { Colour: red } }
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { ProtocolType: HTTP } }
`;
    expect(formatSupport(load(text).support, plain)).toBe(`Emulated (name:line)
  AWS::Serverless::Function  Fn:3 Other:6
  AWS::Events::EventBus      Bus:11
  AWS::SQS::Queue            Queue:12
  AWS::ApiGatewayV2::Api     Api:13

Inert: accepted, without effect
  AWS::CloudWatch::Alarm  Alarm:9  (Alarms are not evaluated. Metrics appear in the console.)

Unsupported
  template.yaml:10: Topic (AWS::SNS::Topic): Publishing fails, and subscribers receive nothing.

Settings without effect
  template.yaml:12: Queue.Colour: Colour of AWS::SQS::Queue is not supported

PROTECTIONS THAT ARE NOT ENFORCED
  template.yaml:11: Bus.Policy: Policy of AWS::Events::EventBus is not supported. The policy of the event bus is not evaluated.

Warnings
  template.yaml:13: Api.Properties: The API has no stage, so it is not served. Add an AWS::ApiGatewayV2::Stage.
`);
  });

  it('colors protections red and consequences yellow', () => {
    const mark = (color: string, text: string) => `<${color}>${text}`;
    const bus = '  Bus: { Type: AWS::Events::EventBus, Properties: { Name: b, Policy: {} } }\n';
    const text = formatSupport(load(`Resources:\n  Topic: { Type: AWS::SNS::Topic }\n${bus}`).support, mark);
    expect(text).toContain('<yellow>template.yaml:2: Topic');
    expect(text).toContain('<red>template.yaml:3: Bus.Policy');
    expect(text).not.toContain('<red>template.yaml:2');
  });
});
