import { createOverview } from '../src/app/overview';
import { formatReadyMessage } from '../src/cli/ready-message';
import { renderStartPage } from '../src/console/start-page';
import { FN, load, withFunction } from './fixtures/template/load';

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: { Type: AWS::Serverless::HttpApi }
  Key: { Type: AWS::SecretsManager::Secret, Properties: { GenerateSecretString: { ExcludePunctuation: true } } }
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: nodejs24.x
      Events: { Post: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: /m, Method: POST } } }
Outputs:
  PostCommand:
    Description: Post a message
    Value: !Sub 'curl -H "Authorization: Bearer $(aws secretsmanager get-secret-value --secret-id \${Key} --query SecretString --output text)" \${Api.ApiEndpoint}/m'
  Address: { Value: !GetAtt Api.ApiEndpoint }
`;

const style = (_color: string, text: string) => text;

describe('the ready message', () => {
  const app = load(TEMPLATE);
  const format = (options: object = {}) =>
    formatReadyMessage({
      port: 3000,
      overview: [],
      support: app.support,
      region: 'eu-west-1',
      strict: false,
      seed: 1,
      style,
      ...options,
    });
  const overviewWith = (value: string | undefined) => {
    const secretIds: string[] = [];
    const secretValue = (id: string) => {
      secretIds.push(id);
      return value;
    };
    const overview = createOverview({ app, port: 3000, hasPage: value === 'k3y', secretValue });
    return { text: format({ overview }), secretIds };
  };

  it('lists the limits that are off unless the runtime is strict', () => {
    const limits =
      'the rates of API Gateway (500 new connections and 10000 requests per second), throttled calls';
    expect(format()).toContain(limits);
    expect(format({ region: 'eu-south-1' })).toContain(limits.replace('10000', '2500'));
    const strict = format({ strict: true, seed: 7 });
    expect(strict).not.toContain(limits);
    expect(strict).toContain('To repeat its random choices: --seed 7');
  });

  it('summarizes a supported template in one line', () => {
    expect(format()).toMatch(/^Ready on http:\/\/localhost:3000$/m);
    expect(format()).toContain('Resources: 3 emulated, 0 without effect. List them: npx sam-offline check\n');
    expect(format()).not.toContain('AWS::');
  });

  it('lists unsupported resources before the address', () => {
    const { support } = load(
      withFunction('  Topic: { Type: AWS::SNS::Topic }\n  Alarm: { Type: AWS::CloudWatch::Alarm }\n'),
    );
    const text = format({ support });
    expect(text).toMatch(/^Unsupported\n {2}template.yaml:6: Topic \(AWS::SNS::Topic\): .*\n\nReady on/);
    expect(text).toContain('Resources: 1 emulated, 1 without effect, 1 unsupported. List them:');
    expect(text).not.toContain('Alarm');
  });

  it('counts settings that are not emulated', () => {
    const queue = '  Queue: { Type: AWS::SQS::Queue, Properties: { Colour: red } }\n';
    expect(format({ support: load(withFunction(queue)).support })).toContain(
      'Resources: 2 emulated, 0 without effect; 1 setting is not emulated. List them:',
    );
  });

  it('includes outputs with local addresses and secret values', () => {
    const { text, secretIds } = overviewWith('k3y');
    expect(text).toContain('Post a message:\n');
    expect(text).toContain(' curl -H "Authorization: Bearer k3y" http://127.0.0.1:3000/m\n');
    expect(text).toMatch(/^ {2}Page +http:\/\/localhost:3000\/$/m);
    expect(secretIds).toEqual([app.secrets[0]?.arn]);
    expect(text).not.toContain('amazonaws.com');
  });

  it.each([undefined, '', 'a b', '"; rm -rf ~; "', '$(id)', '`id`'])(
    'omits the command if the value of the secret is not safe in a shell: %j',
    (value) => {
      expect(overviewWith(value).text).not.toContain('Bearer');
    },
  );
});

describe('the start page', () => {
  it.each([
    [false, /<p>Off \(turn on with --strict\): the rates of API Gateway .* different clocks\.<\/p>/s],
    [true, /<p>Strict mode\. To repeat its random choices: --seed 7<\/p>/],
  ])('has the notice of the ready message (strict: %s)', (strict, notice) => {
    expect(renderStartPage(load(TEMPLATE), 3000, [], { strict, seed: 7 })).toMatch(notice);
  });

  it('contains all the text of the ready message', () => {
    const app = load(TEMPLATE);
    const overview = createOverview({ app, port: 3000, hasPage: true, secretValue: () => 'k3y' });
    const options = {
      port: 3000,
      overview,
      support: app.support,
      region: app.region,
      strict: false,
      seed: 1,
    };
    const page = renderStartPage(app, 3000, overview, options)
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll('&quot;', '"')
      .replaceAll(/&#39;|&apos;/g, "'")
      .replaceAll(/\s+/g, ' ');
    const lines = formatReadyMessage({ ...options, style }).split('\n');
    const said = lines.flatMap((line) => line.split(/\s{2,}/)).filter((part) => part !== '');
    expect(said.length).toBeGreaterThan(10);
    for (const part of said) expect(page).toContain(part.replace(/:$/, ''));
    expect(page.match(/Post a message/g)).toHaveLength(1);
  });
});

describe('the overview', () => {
  const overview = createOverview({
    app: load(
      `Transform: AWS::Serverless-2016-10-31
Resources:
${FN}      Events:
        Get: { Type: HttpApi, Properties: { Path: '/m/{id}', Method: GET } }
        Post: { Type: HttpApi, Properties: { Path: /m, Method: POST } }
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties: { StageName: dev, RouteSelectionExpression: $request.body.action, Routes: { $default: { FunctionArn: !GetAtt Fn.Arn } } }
  Queue: { Type: AWS::SQS::Queue }
  Bus: { Type: AWS::Events::EventBus, Properties: { Name: b } }
  Table: { Type: AWS::Serverless::SimpleTable }
  Nightly: { Type: AWS::Events::Rule, Properties: { ScheduleExpression: rate(1 day), State: DISABLED, Targets: [{ Id: q, Arn: !GetAtt Queue.Arn }] } }
  Rule: { Type: AWS::Events::Rule, Properties: { EventPattern: { source: [a] }, Targets: [{ Id: q, Arn: !GetAtt Queue.Arn }] } }
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties: { RoleArn: 'arn:aws:iam::1:role/r', Definition: { QueryLanguage: JSONata, StartAt: A, States: { A: { Type: Succeed } } } }
`
        .replace('nodejs24.x }', 'nodejs24.x\n')
        .replace(
          'Properties: { Handler: app.handler, Runtime: nodejs24.x',
          'Properties:\n      Handler: app.handler\n      Runtime: nodejs24.x',
        ),
    ),
    port: 3000,
    hasPage: false,
    secretValue: () => undefined,
  });
  const find = (name: string) => overview.find(({ title }) => title === name);

  it.each([
    ['WebSocket', 'ws://localhost:3000/dev', ['$default'], 'npx wscat -c ws://localhost:3000/dev'],
    ['HTTP', 'http://localhost:3000', ['GET /m/{id}', 'POST /m'], "curl -i 'http://localhost:3000/m/id'"],
    ['Functions', undefined, ['Fn'], 'npx sam-offline invoke Fn -e event.json'],
    ['Workflows', undefined, ['Flow'], "npx sam-offline exec Flow '{}'"],
    ['Queues', undefined, ['Queue'], "npx sam-offline send Queue 'hello'"],
    [
      'Event buses',
      undefined,
      ['Bus', 'default'],
      `npx sam-offline send Bus '{"source":"app","detail-type":"Example","detail":{}}'`,
    ],
    ['Schedules', undefined, ['Nightly rate(1 day) (disabled)'], undefined],
    ['Console', 'http://localhost:3000/_local/', [], 'http://localhost:3000/_local/'],
  ])('describes %s', (title, address, items, command) => {
    expect(find(title)).toEqual({
      title,
      ...(address === undefined ? {} : { address }),
      items,
      commands: command === undefined ? [] : [{ label: expect.any(String), command }],
    });
  });

  it('has a command for each table', () => {
    expect(find('Tables')?.commands).toEqual([
      {
        label: 'Scan Table',
        command: expect.stringMatching(
          /^AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local aws dynamodb scan --table-name local-Table-\w+ --region eu-west-1 --endpoint-url http:\/\/localhost:3000$/,
        ),
      },
    ]);
  });

  it('has no section for services that the application does not use', () => {
    const app = load(withFunction(''));
    const sections = createOverview({ app, port: 1, hasPage: false, secretValue: () => undefined });
    expect(sections.map(({ title }) => title)).toEqual(['Console', 'Functions']);
  });
});
