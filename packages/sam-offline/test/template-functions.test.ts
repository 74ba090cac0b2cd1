import { load, problemsOf, withFunction } from './fixtures/template/load';

function fn(properties: string): string {
  return withFunction(`  Other:
    Type: AWS::Serverless::Function
    Properties: { Handler: app.handler, Runtime: nodejs24.x, ${properties} }
`);
}

describe('Template: invalid functions', () => {
  it.each([
    ['Layers: [x]', 'The layer x has no local content. Its modules are not available.'],
    ['VpcConfig: {}', 'VpcConfig of AWS::Serverless::Function is not supported'],
    ['DeadLetterQueue: {}', 'DeadLetterQueue of AWS::Serverless::Function is not supported'],
    ['EventInvokeConfig: { Qualifier: x }', 'Qualifier of EventInvokeConfig is not supported'],
    ['EventInvokeConfig: { MaximumEventAgeInSeconds: 59 }', 'must be an integer from 60 to 21600'],
    ['EventInvokeConfig: { MaximumEventAgeInSeconds: 21601 }', 'must be an integer from 60 to 21600'],
    ['EventInvokeConfig: { MaximumRetryAttempts: 3 }', 'must be an integer from 0 to 2'],
    [
      'EventInvokeConfig: { DestinationConfig: { OnSuccess: { Type: SQS } } }',
      'OnSuccess of DestinationConfig is not supported',
    ],
    [
      'EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: SNS } } }',
      'must be SQS, but is "SNS". The runtime supports queues only.',
    ],
    ['EventInvokeConfig: { DestinationConfig: { OnFailure: { Destination: x } } }', 'Type is missing'],
    [
      'EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: SQS } } }',
      'Destination is missing. Records of failed invocations are not sent.',
    ],
    [
      'EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Fn.Arn } } }',
      'must be the ARN of an AWS::SQS::Queue of the template, but is arn:aws:lambda:',
    ],
    ['Colour: red', 'Colour of AWS::Serverless::Function is not supported'],
    ['MemorySize: 64', 'must be an integer from 128 to 10240, but is "64"'],
    ['Timeout: soon', 'must be an integer from 1 to 900, but is "soon"'],
    ['Environment: { Variables: { AWS_REGION: x } }', 'Lambda reserves the environment variable AWS_REGION'],
    ['Environment: { Variables: { A1: { b: c } } }', 'must be a string, but is a map'],
    ['Environment: { Variables: { A1: } }', 'must be a string, but is empty'],
    ['Tracing: On', 'must be Active or PassThrough or Disabled'],
    ['Events: { A: { Type: Schedule } }', 'Schedule is missing'],
    ['Events: { A: { Type: S3 } }', 'The event type S3 is not supported. Other does not'],
    [
      'Events: { A: { Type: EventBridgeRule, Properties: { Colour: x, Pattern: {} } } }',
      'Colour of an EventBridgeRule',
    ],
    [
      'Events: { A: { Type: EventBridgeRule, Properties: { Input: x, Pattern: {} } } }',
      'JSON syntax error in Input',
    ],
    ['Events: { A: { Type: EventBridgeRule } }', 'EventPattern is missing'],
  ])('rejects %s', (property, message) => {
    const problems = problemsOf(fn(property));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^8 Resources\.Other/);
    expect(problems[0]).toContain(message);
  });

  it('rejects a missing Handler and a missing Runtime', () => {
    const resource = '  Fn2: { Type: AWS::Serverless::Function, Properties: { CodeUri: . } }\n';
    expect(problemsOf(withFunction(resource))).toEqual([
      '6 Resources.Fn2.Properties: Runtime is missing',
      '6 Resources.Fn2.Properties: Handler is missing',
    ]);
  });

  it.each([
    ['Runtime: python3.13', 'Functions of the runtime python3.13 do not run.'],
    ['Runtime: nodejs24.x, PackageType: Image', 'Functions from container images do not run.'],
    [
      'Runtime: nodejs24.x, CodeUri: nowhere',
      'The folder nowhere does not exist. It is relative to the template. If a build creates it, run the build first.',
    ],
    ['Runtime: nodejs24.x, CodeUri: s3://a/b', 'The code is not in a local folder: s3://a/b.'],
  ])('lists a function with %s as unsupported, and loads the other functions', (properties, note) => {
    const other = `  Other: { Type: AWS::Serverless::Function, Properties: { Handler: app.handler, ${properties} } }\n`;
    const app = load(withFunction(other));
    expect(app.functions.map(({ logicalId }) => logicalId)).toEqual(['Fn']);
    expect(app.support.resources).toContainEqual(
      expect.objectContaining({
        logicalId: 'Other',
        support: 'unsupported',
        note: `${note} Invocations fail.`,
        line: 6,
      }),
    );
  });
});

describe('Template: sources of functions', () => {
  it('lists a function without a source file if sources are required', () => {
    const files = { 'app.mjs': '' };
    const other =
      '  Other: { Type: AWS::Serverless::Function, Properties: { Handler: dist/a.handler, Runtime: nodejs24.x } }\n';
    const idsOf = (requireSources: boolean) =>
      load(withFunction(other), { files, requireSources }).functions.map(({ logicalId }) => logicalId);
    expect(idsOf(false)).toEqual(['Fn', 'Other']);
    expect(idsOf(true)).toEqual(['Fn']);
    expect(load(withFunction(other), { files, requireSources: true }).support.resources).toContainEqual(
      expect.objectContaining({
        logicalId: 'Other',
        note: 'The file of the handler dist/a.handler does not exist. If a build creates it, run the build first. Invocations fail.',
      }),
    );
  });
});

describe('Template: asynchronous invocations', () => {
  it('reads EventInvokeConfig', () => {
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

  it('merges globals, except for the properties in IgnoreGlobals', () => {
    expect(load(text).functions).toMatchObject([
      { memoryMb: 256, environment: { SHARED: 'a', OWN: 'eu-west-1' } },
      { memoryMb: 128, environment: {}, runtime: 'nodejs24.x' },
    ]);
  });

  it('rejects sections and properties that SAM does not support', () => {
    expect(
      problemsOf(text.replace('MemorySize: 256', 'Policies: []').replace('[MemorySize, Environment]', "'*'")),
    ).toEqual([
      '5 Globals.Function.Policies: SAM does not support Policies in Globals.Function',
      '15 Resources.B.Properties: Runtime is missing',
    ]);
    expect(problemsOf(text.replace('  Function:\n', '  Table: {}\n  Function:\n'))).toEqual([
      '3 Globals.Table: SAM does not support the section Table in Globals',
    ]);
  });
});
