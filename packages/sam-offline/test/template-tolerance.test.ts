import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FN, load, problemsOf, variablesOf, withFunction, withVariables } from './fixtures/template/load';

const messagesOf = (template: string, options?: Parameters<typeof load>[1]) =>
  load(template, options).support.findings.map(({ kind, line, message }) => `${kind} ${line}: ${message}`);

describe('Template: tolerance', () => {
  it('uses the last value of a repeated key, and warns about its line', () => {
    const template = withVariables('VALUE: a\nVALUE: b');
    expect(variablesOf(template)).toEqual({ VALUE: 'b' });
    expect(messagesOf(template)).toEqual(['warning 12: The key VALUE is repeated. The last value applies.']);
  });

  it('warns about unknown attributes of resources, and accepts a Description', () => {
    const resource = '  Role: { Type: AWS::IAM::Role, Description: d, Colour: red }\n';
    expect(messagesOf(withFunction(resource))).toEqual([
      'warning 6: Colour is not a resource attribute. It has no effect.',
    ]);
  });

  it('reads JSON with tabs', () => {
    const template = {
      Transform: 'AWS::Serverless-2016-10-31',
      Resources: {
        Fn: {
          Type: 'AWS::Serverless::Function',
          Properties: { Handler: 'app.handler', Runtime: 'nodejs24.x' },
        },
      },
    };
    expect(load(JSON.stringify(template, null, '\t')).functions).toMatchObject([{ logicalId: 'Fn' }]);
  });

  it('creates simple tables', () => {
    const app = load(
      withFunction(`  Plain: { Type: AWS::Serverless::SimpleTable }
  Keyed:
    Type: AWS::Serverless::SimpleTable
    Properties:
      TableName: keyed
      PrimaryKey: { Name: at, Type: Number }
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 2 }
`),
    );
    expect(app.tables.map(({ createTable }) => createTable)).toMatchObject([
      {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
      {
        TableName: 'keyed',
        AttributeDefinitions: [{ AttributeName: 'at', AttributeType: 'N' }],
        BillingMode: 'PROVISIONED',
      },
    ]);
  });

  it.each([
    ['exports.handler = async () => 1;', 'index.js'],
    ["import fs from 'node:fs';\nexport const handler = async () => fs;", 'index.mjs'],
  ])('writes the inline code %j to %s', (code, name) => {
    const inline = JSON.stringify(code);
    const app = load(
      withFunction(`  Sam: { Type: AWS::Serverless::Function, Properties: { Runtime: nodejs24.x, Handler: index.handler, InlineCode: ${inline} } }
  Raw: { Type: AWS::Lambda::Function, Properties: { Runtime: nodejs24.x, Handler: index.handler, Code: { ZipFile: ${inline} } } }
`),
    );
    for (const logicalId of ['Sam', 'Raw']) {
      const { codeUri = '' } = app.functions.find((fn) => fn.logicalId === logicalId) ?? {};
      expect(readFileSync(join(codeUri, name), 'utf8')).toBe(code);
    }
  });

  it('reads the property names of AWS::Lambda::Function', () => {
    const app = load(
      `Resources:
  Role: { Type: AWS::IAM::Role }
  Fn:
    Type: AWS::Lambda::Function
    Properties:
      Code: .
      Handler: app.handler
      Runtime: nodejs18.x
      Role: !GetAtt Role.Arn
      TracingConfig: { Mode: Active }
`,
    );
    expect(app.functions).toMatchObject([
      { logicalId: 'Fn', runtime: 'nodejs18.x', tracing: 'Active', role: { statements: [] } },
    ]);
    expect(existsSync(app.functions[0]?.codeUri ?? '')).toBe(false); // load() deletes the folder
  });

  it('finds an entry point that sam build moves to the root folder', () => {
    const template = `Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [src/other.ts, src/app.ts] } }
    Properties: { Handler: app.handler, Runtime: nodejs24.x }
`;
    expect(load(template).functions[0]?.handler).toBe('src/app.handler');
    expect(load(template, { files: { 'app.js': '' } }).functions[0]?.handler).toBe('app.handler');
  });

  it('resolves aliases and versions to their function', () => {
    const app = load(`Transform: AWS::Serverless-2016-10-31
Resources:
${FN.replace('nodejs24.x }', 'nodejs24.x, AutoPublishAlias: live, DeploymentPreference: { Type: Canary10Percent5Minutes } }')}
  Raw: { Type: AWS::Lambda::Alias, Properties: { Name: beta, FunctionName: !Ref Fn, FunctionVersion: '1' } }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [a] }
      Targets: [{ Id: a, Arn: !Ref Fn.Alias }, { Id: b, Arn: !Ref Raw }, { Id: c, Arn: !Ref Fn.Version }]
Outputs: { Alias: { Value: !Ref Fn.Alias }, Version: { Value: !Sub '\${Fn.Version}' }, Named: { Value: !Ref FnAliaslive } }
`);
    const arn = app.functions[0]?.arn ?? '';
    expect(app.rules[0]?.targets.map((target) => target.arn)).toEqual([arn, arn, arn]);
    expect(app.outputs.map(({ value }) => value)).toEqual([`${arn}:live`, `${arn}:1`, `${arn}:live`]);
    expect(app.support.findings).toEqual([]);
  });

  it('lists layers with local content, and reports the other layers', () => {
    const template =
      withFunction(`  Shared: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: . } }
  Remote: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: 's3://bucket/key' } }
`).replace('nodejs24.x }', 'nodejs24.x, Layers: [!Ref Shared, !Ref Remote] }');
    const app = load(template);
    expect(app.functions[0]?.layers).toEqual([app.root]);
    expect(app.support.resources).toContainEqual(
      expect.objectContaining({ logicalId: 'Remote', support: 'unsupported' }),
    );
    expect(app.support.findings).toMatchObject([{ message: expect.stringContaining('layer:local-Remote') }]);
  });
});

describe('Template: values outside of the stack', () => {
  it('resolves dynamic references with the given values and with the template', () => {
    const template = withVariables(
      `A: '{{resolve:ssm:/app/key}}'
B: 'x-{{resolve:ssm-secure:/app/key:3}}'
C: '{{resolve:secretsmanager:db:SecretString:password}}'
D: !Sub '{{resolve:secretsmanager:\${Secret}:SecretString:user}}'
E: !Sub '{{resolve:ssm:\${Declared}}}'
F1: '{{resolve:secretsmanager:db}}'`.replace(/^([A-E]):/gm, '$11:'),
      '',
      `  Secret: { Type: AWS::SecretsManager::Secret, Properties: { SecretString: '{"user":"me"}' } }
  Declared: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: declared } }
`,
    );
    const values = { '/app/key': 'key', db: '{"password":"hidden"}' };
    expect(variablesOf(template, { values })).toEqual({
      A1: 'key',
      B1: 'x-key',
      C1: 'hidden',
      D1: 'me',
      E1: 'declared',
      F1: '{"password":"hidden"}',
    });
    expect(messagesOf(template, { values })).toEqual([]);
  });

  it('reports the missing values and how to set them', () => {
    const template = withVariables(
      `A1: '{{resolve:ssm:/app/key}}'\nB1: '{{resolve:secretsmanager:db:SecretString:password}}'`,
    );
    expect(variablesOf(template)).toEqual({ A1: 'placeholder-/app/key', B1: 'placeholder-db' });
    expect(messagesOf(template)).toEqual([
      'unsupported 11: The parameter /app/key has no value here. Pass --parameter /app/key=VALUE. Until then, it is placeholder-/app/key',
      'unsupported 12: The secret db has no value here. Pass --parameter db=VALUE. Until then, it is placeholder-db',
    ]);
  });

  it('uses a placeholder for an import from another stack', () => {
    const template = withVariables("VALUE: !ImportValue 'shared-table'");
    expect(variablesOf(template)).toEqual({ VALUE: 'imported-shared-table' });
    expect(messagesOf(template)).toEqual([
      expect.stringContaining('The value of shared-table is the placeholder'),
    ]);
  });
});

describe('Template: language extensions', () => {
  // docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
  it('expands loops over lists and parameters, including nested loops', () => {
    const app = load(
      `Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: { Names: { Type: CommaDelimitedList, Default: 'a.1,b' } }
Resources:
  'Fn::ForEach::Queues':
    - Name
    - !Ref Names
    - 'Queue&{Name}': { Type: AWS::SQS::Queue, Properties: { QueueName: !Sub 'q-\${Name}' } }
  'Fn::ForEach::Buses':
    - Bus
    - [Red, Blue]
    - 'Bus\${Bus}':
        Type: AWS::Events::EventBus
        Properties: { Name: !Ref Bus }
Outputs:
  'Fn::ForEach::Outer':
    - X
    - ['1', '2']
    - 'Fn::ForEach::Inner':
        - Y
        - [a]
        - 'Out\${X}\${Y}': { Value: !Sub '\${X}-\${Y}' }
`.replace("QueueName: !Sub 'q-", "QueueName: 'q-"),
    );
    expect(app.queues.map(({ logicalId, name }) => [logicalId, name])).toEqual([
      ['Queuea1', 'q-a.1'],
      ['Queueb', 'q-b'],
    ]);
    expect(app.eventBuses.map(({ logicalId, name }) => [logicalId, name])).toEqual([
      ['BusRed', 'Red'],
      ['BusBlue', 'Blue'],
    ]);
    expect(app.outputs.map(({ key, value }) => [key, value])).toEqual([
      ['Out1a', '1-a'],
      ['Out2a', '2-a'],
    ]);
  });

  it.each(['[X, [a]]', '[X, !GetAtt Fn.Arn, {}]', '{}'])('rejects the loop %s', (loop) => {
    expect(problemsOf(withFunction(`  'Fn::ForEach::L': ${loop}\n`))).toEqual([
      expect.stringMatching(/^6 Resources\.Fn::ForEach::L: (?:Fn::ForEach requires|The list of Fn::ForEach)/),
    ]);
  });

  it.each([
    ['!FindInMap [Map, none, k, { DefaultValue: !Ref AWS::Region }]', 'eu-west-1'],
    ['!FindInMap [Map, a, k, { DefaultValue: d }]', 'v'],
    ['!ToJsonString { a: !Ref AWS::Region, b: [1] }', '{"a":"eu-west-1","b":[1]}'],
    ['!Length [a, b, c]', '3'],
    ["!Base64 'text'", 'dGV4dA=='],
    ["!Select [1, !GetAZs '']", 'eu-west-1b'],
    ["!Join ['', !Ref AWS::NotificationARNs]", ''],
  ])('evaluates %s', (value, expected) => {
    const template = withVariables(`VALUE: ${value}`, 'Mappings: { Map: { a: { k: v } } }');
    expect(variablesOf(template)).toEqual({ VALUE: expected });
  });

  it.each(['!Cidr [a, 1, 1]', '!Select [1, !Cidr [a, 2, 1]]'])(
    'reports the unknown function in %s, and uses a placeholder',
    (value) => {
      const template = withVariables(`VALUE: ${value}`);
      expect(variablesOf(template)).toEqual({ VALUE: 'placeholder-Fn-Cidr' });
      expect(messagesOf(template)).toEqual([expect.stringContaining('The intrinsic function Fn::Cidr')]);
    },
  );
});

describe('Template: activities', () => {
  it('accepts a state with an activity of the template, and reports that activities are not supported', () => {
    const states = '{ A: { Type: Task, Resource: !Ref Activity, End: true } }';
    const template = `${withVariables('VALUE: x')}  Activity: { Type: AWS::StepFunctions::Activity, Properties: { Name: approve } }
  Machine: { Type: AWS::Serverless::StateMachine, Properties: { Definition: { StartAt: A, States: ${states} } } }
`;
    expect(messagesOf(template)).toEqual([
      expect.stringMatching(/:activity:approve': activities are not supported/),
    ]);
  });
});

describe('Template: includes', () => {
  const files = {
    'more.yaml': `  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: !Sub '\${AWS::StackName}-q' } }\n`,
  };

  // docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
  it('includes a local file', () => {
    const include = "  'Fn::Transform': { Name: AWS::Include, Parameters: { Location: more.yaml } }\n";
    expect(load(withFunction(include), { files }).queues).toMatchObject([{ name: 'local-q' }]);
  });

  it('includes a local file at the top level', () => {
    const template = `Transform: [{ Name: AWS::Include, Parameters: { Location: outputs.yaml } }]\nResources: { Queue: { Type: AWS::SQS::Queue } }\n`;
    const app = load(template, {
      files: { 'outputs.yaml': 'Outputs: { Name: { Value: !GetAtt Queue.QueueName } }\n' },
    });
    expect(app.outputs).toMatchObject([{ key: 'Name', value: expect.stringMatching(/^local-Queue-/) }]);
  });

  it('reports other macros and remote files', () => {
    const include = (name: string, location: string) =>
      `  'Fn::Transform': { Name: ${name}, Parameters: { Location: ${location} } }\n`;
    expect(messagesOf(withFunction(include('Mine', 'x')))).toEqual([
      'unsupported 6: The macro Mine is not included. Use a local file.',
    ]);
    expect(messagesOf(withFunction(include('AWS::Include', 's3://b/k')))).toEqual([
      'unsupported 6: The file s3://b/k is not included. Use a local file.',
    ]);
    expect(problemsOf(withFunction(include('AWS::Include', 'none.yaml')))).toEqual([
      expect.stringMatching(/^6 Resources\.Fn::Transform: The file none\.yaml cannot be read: ENOENT/),
    ]);
  });
});
